"""What every module of this package is."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Module(nn.Module):
    """A module that `torch.jit.script` leaves to Python: a scripted model may hold one, and has no part of it."""

    __jit_ignored_attributes__: list[str]
    __jit_unused_properties__: list[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "forward" in vars(cls):
            torch.jit.unused(cls.forward)
        ours = [base for base in cls.__mro__ if base.__module__.startswith("ganloss_")]
        cls.__jit_ignored_attributes__ = [name for base in ours for name in vars(base).get("__annotations__", ())]
        cls.__jit_unused_properties__ = [
            name for base in ours for name, value in vars(base).items() if isinstance(value, property)
        ]
