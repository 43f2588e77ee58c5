"""When PyTorch runs operations one by one."""

import torch
from torch import Tensor


def eager(x: Tensor) -> bool:
    """Whether x is a plain tensor, and no compiler or transform looks on."""
    return not torch.compiler.is_compiling() and type(x) is Tensor and not torch._C._are_functorch_transforms_active()
