"""What drop-ins compute on several processes."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_core.engine.devices import devices_of
from ganloss_core.terms.weights import finished, side_of
from ganloss_torch._backend import backend


def mean(x: Tensor, group: Any) -> Tensor:
    """The mean of the elements of all processes."""
    devices = devices_of(backend, ("group", group))
    return finished(devices, [(side_of(backend, x, None, "elements", devices=devices), x)])[0]


def joined(x: Tensor, group: Any) -> Tensor:
    """The rows of all processes."""
    rows: Tensor = devices_of(backend, ("group", group)).joined([x])[0][0]
    return rows
