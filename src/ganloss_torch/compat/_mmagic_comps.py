"""MMagic's penalties as the modules that its configurations build (mmagic/models/losses/loss_comps)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._module import Module
from ganloss_torch.compat._mmagic_penalties import (
    disc_shift_loss,
    gen_path_regularizer,
    gradient_penalty_loss,
    r1_gradient_penalty_loss,
)


class _Comps(Module):
    """A penalty, times `loss_weight`, whose arguments come from a step's dict by the names in `data_info`."""

    def __init__(self, loss_weight: float, data_info: Mapping[str, str] | None, loss_name: str, interval: int = 1) -> None:
        super().__init__()
        self.loss_weight: float = loss_weight
        self.data_info: Mapping[str, str] | None = data_info
        self.interval: int = interval
        self._loss_name: str = loss_name

    def loss_name(self) -> str:
        """The name by which a step's losses are listed."""
        return self._loss_name

    def forward(self, *args: Any, **kwargs: Any) -> Tensor | None:
        """The weighted penalty, or None in a step that is not one in `interval`."""
        if self.data_info is None:
            assert self.interval <= 1, "interval needs data_info: the step's number is in the dict, as 'iteration'"
            return self._direct(*args, **kwargs) * self.loss_weight
        if len(args) == 1:
            (outputs,) = args
            assert isinstance(outputs, dict), f"with data_info the argument is a step's dict, got {type(outputs).__name__}"
        elif "outputs_dict" in kwargs:
            assert not args, "with outputs_dict there is no positional argument"
            outputs = kwargs.pop("outputs_dict")
        else:
            raise NotImplementedError("with data_info give a step's dict, as the one argument or as outputs_dict")
        if self.interval > 1 and outputs["iteration"] % self.interval != 0:
            return None
        return self._linked(**kwargs, **{name: outputs[key] for name, key in self.data_info.items()}) * self.loss_weight

    def _direct(self, *args: Any, **kwargs: Any) -> Tensor:
        return self._linked(*args, **kwargs)

    def _linked(self, *args: Any, **kwargs: Any) -> Tensor:
        raise NotImplementedError


class DiscShiftLossComps(_Comps):
    """`disc_shift_loss` times `loss_weight`: the square of each prediction, not reduced.

    Arguments:
        loss_weight: a factor.
        data_info: where the argument `pred` is in a step's dict; None to be called with it.
        loss_name: what `loss_name()` returns.

    Call it with the dict, or without `data_info` with the predictions. Raises AssertionError or NotImplementedError for another
    call.
    """

    def __init__(
        self, loss_weight: float = 1.0, data_info: Mapping[str, str] | None = None, loss_name: str = "loss_disc_shift"
    ) -> None:
        super().__init__(loss_weight, data_info, loss_name)

    def _linked(self, *args: Any, **kwargs: Any) -> Tensor:
        return disc_shift_loss(*args, **kwargs)


class GradientPenaltyLossComps(_Comps):
    """`gradient_penalty_loss` times `loss_weight`.

    Arguments:
        loss_weight: a factor.
        norm_mode: "pixel" or "HWC", in calls through `data_info` alone, as in MMagic; a direct call takes its own.
        data_info: where `discriminator`, `real_data` and `fake_data` are in a step's dict; None to be called with them.
        loss_name: what `loss_name()` returns.

    Called and refused as `DiscShiftLossComps`.
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        norm_mode: str = "pixel",
        data_info: Mapping[str, str] | None = None,
        loss_name: str = "loss_gp",
    ) -> None:
        super().__init__(loss_weight, data_info, loss_name)
        self.norm_mode: str = norm_mode

    def _direct(self, *args: Any, **kwargs: Any) -> Tensor:
        return gradient_penalty_loss(*args, **kwargs)

    def _linked(self, *args: Any, **kwargs: Any) -> Tensor:
        return gradient_penalty_loss(*args, **{**kwargs, "norm_mode": self.norm_mode})


class R1GradientPenaltyComps(_Comps):
    """`r1_gradient_penalty_loss` times `loss_weight`.

    Arguments:
        loss_weight: a factor.
        norm_mode: "pixel" or "HWC".
        interval: in the other steps the penalty is None; for calls through `data_info`, whose dict has "iteration".
        data_info: where `discriminator` and `real_data` are in a step's dict; None to be called with them.
        use_apex_amp: True is refused, with NotImplementedError, in calls through `data_info`.
        loss_name: what `loss_name()` returns.

    Called and refused as `DiscShiftLossComps`.
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        norm_mode: str = "pixel",
        interval: int = 1,
        data_info: Mapping[str, str] | None = None,
        use_apex_amp: bool = False,
        loss_name: str = "loss_r1_gp",
    ) -> None:
        super().__init__(loss_weight, data_info, loss_name, interval)
        self.norm_mode: str = norm_mode
        self.use_apex_amp: bool = use_apex_amp

    def _direct(self, *args: Any, **kwargs: Any) -> Tensor:
        return r1_gradient_penalty_loss(*args, norm_mode=self.norm_mode, **kwargs)  # type: ignore[misc]

    def _linked(self, *args: Any, **kwargs: Any) -> Tensor:
        return self._direct(*args, **{**kwargs, "use_apex_amp": self.use_apex_amp})


class GeneratorPathRegularizerComps(_Comps):
    """`gen_path_regularizer` times `loss_weight`, which keeps the mean path length in a buffer.

    Arguments:
        loss_weight: a factor.
        pl_batch_shrink, decay, pl_batch_size, sync_mean_buffer: those of `gen_path_regularizer`, in calls through `data_info`;
            a direct call takes its own, `mean_path_length` included.
        interval: in the other steps the penalty is None; for calls through `data_info`, whose dict has "iteration".
        data_info: where `generator` and `num_batches` are in a step's dict; None to be called with them.
        use_apex_amp: True is refused, with NotImplementedError, in calls through `data_info`.
        loss_name: what `loss_name()` returns.

    Called and refused as `DiscShiftLossComps`.
    """

    mean_path_length: Tensor

    def __init__(
        self,
        loss_weight: float = 1.0,
        pl_batch_shrink: int = 1,
        decay: float = 0.01,
        pl_batch_size: int | None = None,
        sync_mean_buffer: bool = False,
        interval: int = 1,
        data_info: Mapping[str, str] | None = None,
        use_apex_amp: bool = False,
        loss_name: str = "loss_path_regular",
    ) -> None:
        super().__init__(loss_weight, data_info, loss_name, interval)
        self.pl_batch_shrink: int = pl_batch_shrink
        self.decay: float = decay
        self.pl_batch_size: int | None = pl_batch_size
        self.sync_mean_buffer: bool = sync_mean_buffer
        self.use_apex_amp: bool = use_apex_amp
        self.register_buffer("mean_path_length", torch.tensor(0.0))

    def _direct(self, *args: Any, **kwargs: Any) -> Tensor:
        penalty, self.mean_path_length, _ = gen_path_regularizer(*args, **kwargs)
        return penalty

    def _linked(self, *args: Any, **kwargs: Any) -> Tensor:
        settings = {name: getattr(self, name) for name in _PATH}
        return self._direct(*args, **{**kwargs, **settings})


_PATH = ("mean_path_length", "pl_batch_shrink", "decay", "use_apex_amp", "pl_batch_size", "sync_mean_buffer")
