"""What a critic in PyTorch keeps between its calls, and draws in them."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def _modules_of(critic: Any) -> list[nn.Module]:
    """The modules that a critic is, or that a function calls: what it closes over, is bound to, or names."""
    found: dict[int, nn.Module] = {}
    stack, seen = [critic], set()
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if isinstance(x, nn.Module):
            found[id(x)] = x
        elif isinstance(x, functools.partial):
            stack += [x.func, *x.args, *x.keywords.values()]
        elif isinstance(x, types.MethodType):
            stack += [x.__self__, x.__func__, *_named(x.__func__, [x.__self__])]
        elif isinstance(x, types.FunctionType):
            cells = [cell.cell_contents for cell in x.__closure__ or () if cell != types.CellType()]
            around = [*cells, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]
            stack += [*around, *_named(x, around), *(v for v in map(x.__globals__.get, x.__code__.co_names) if _leads_on(v))]
        elif isinstance(x, (list, tuple)) and x and _leads_on(x[0]):
            stack += x
        elif isinstance(x, dict) and x and _leads_on(next(iter(x.values()))):
            stack += x.values()
    return list(found.values())


def _leads_on(x: Any) -> bool:
    """Whether it is, or calls, a module: what a function closes over may be a whole data set."""
    return isinstance(x, (nn.Module, types.FunctionType, types.MethodType, functools.partial))


def _named(function: Any, holders: list[Any]) -> list[Any]:
    """The attributes of what a function has at hand that it names, as `self.critic`."""
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    at_hand = (getattr(holder, "__dict__", {}).get(name) for holder in holders for name in names)
    return [x for x in at_hand if _leads_on(x)]


class _Holder(nn.Module):
    """A critic, and the modules that it calls, so that `functional_call` can put buffers in their place."""

    def __init__(self, critic: Any, modules: list[nn.Module]) -> None:
        super().__init__()
        self.held = nn.ModuleList(modules)
        self._critic = [critic]

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self._critic[0](*inputs, **named)


def _with_buffers(critic: Any) -> Callable[[], Any]:
    """The critic with what it keeps as it is now, each time anew: it may change them in place."""
    if not isinstance(critic, nn.Module):
        # Dynamo cannot look into a function, and in a step for it nothing may move a buffer anyhow.
        modules = [] if torch.compiler.is_compiling() else _modules_of(critic)
        critic = _Holder(critic, modules) if modules else critic
    kept = {name: buffer.clone() for name, buffer in critic.named_buffers()} if isinstance(critic, nn.Module) else {}
    if not kept:
        return lambda: critic

    def anew() -> Any:
        buffers = {name: buffer.clone() for name, buffer in kept.items()}
        return lambda *inputs, **named: torch.func.functional_call(critic, buffers, inputs, named)

    return anew


def undisturbed(critic: Any) -> Any:
    """`Calculus.undisturbed`."""
    return _with_buffers(critic)()


def remembered(critic: Any, x: Tensor) -> Any:
    """`Calculus.remembered`."""
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return critic
    devices = [x.device] if x.is_cuda else []
    drawn = torch.get_rng_state(), [torch.cuda.get_rng_state(device) for device in devices]
    anew = _with_buffers(critic)

    def again(*inputs: Any, **named: Any) -> Any:
        with torch.random.fork_rng(devices):
            torch.set_rng_state(drawn[0])
            for device, state in zip(devices, drawn[1], strict=True):
                torch.cuda.set_rng_state(state, device)
            return anew()(*inputs, **named)

    return again
