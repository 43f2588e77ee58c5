"""When PyTorch runs operations one by one."""

import torch
from torch import Tensor
from torch.autograd import forward_ad

_TRACERS = tuple(torch._C._TorchDispatchModeKey.__members__.values())


def eager(x: Tensor) -> bool:
    """Whether x is a plain tensor, and no compiler, tracer, transform or forward-mode derivative looks on."""
    return (
        type(x) is Tensor
        and not torch.compiler.is_compiling()
        and not torch._C._are_functorch_transforms_active()
        and not torch._C._is_tracing()
        and forward_ad._current_level < 0
        and not (torch._C._len_torch_dispatch_stack() and any(map(torch._C._get_dispatch_mode, _TRACERS)))
    )


def several(g: Tensor) -> bool:
    """Whether g may be several gradients at once, for which there are not all operations."""
    return torch._C._are_functorch_transforms_active() or torch._C._functorch.is_legacy_batchedtensor(g)
