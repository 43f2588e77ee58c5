"""Losses as training codes have them, right ones and wrong ones, by somebody who had not seen what judges them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pasted:
    name: str
    framework: str
    claims: str
    hyperparameters: dict
    right: bool
    why: str
    given: dict
