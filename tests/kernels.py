"""How many operations PyTorch does in a call, which depends on no machine. (benchmarks/measure_torch.py counts the same.)"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

NO_WORK = {"detach", "alias", "_unsafe_view", "_local_scalar_dense"}


class Kernels(TorchDispatchMode):
    """Names of the operations that do work: no views, nothing that makes a tensor without filling it."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        name = op.overloadpacket.__name__
        view = any(x.alias_info is not None and not x.alias_info.is_write for x in op._schema.returns)
        if not (view or name in NO_WORK or "empty" in name):
            self.names.append(name)
        return op(*args, **(kwargs or {}))


def of_step(loss, leaves):
    """The names of all kernels, forward and backward."""
    with Kernels() as counted:
        torch.autograd.grad(loss(), leaves)
    return counted.names
