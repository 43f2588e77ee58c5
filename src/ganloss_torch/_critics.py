"""What a critic in PyTorch keeps between its calls, and draws in them."""

from __future__ import annotations

import functools
import inspect
import itertools
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ganloss_core.terms.calculus import DRAWS

# How far and how wide is looked for modules: what a function closes over may be a whole data set.
_DEPTH, _WIDTH, _OBJECTS = 6, 64, 1024


def _modules_of(critic: Any) -> list[nn.Module]:
    """The modules that a critic is, or that one that is none has at hand, the nearest first. No code of theirs runs."""
    found, near, seen = [], [critic], {id(critic): critic}
    for _ in range(_DEPTH + 1):
        far: list[Any] = []
        for x in near:
            if isinstance(x, nn.Module):
                found.append(x)
                continue
            for y in _at_hand(x):
                if id(y) not in seen and len(seen) < _OBJECTS and not isinstance(y, _LEAVES):
                    seen[id(y)] = y
                    far.append(y)
        near = far
    return found


_LEAVES = (
    Tensor,
    type,
    types.ModuleType,
    types.BuiltinFunctionType,
    types.CodeType,
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
)


def _at_hand(x: Any) -> list[Any]:
    """What a function closes over, is bound to, or names; what a container contains; an object's attributes."""
    if isinstance(x, functools.partial):
        return [x.func, *x.args, *x.keywords.values()]
    if isinstance(x, types.MethodType):
        return [x.__self__, x.__func__]
    if isinstance(x, types.FunctionType):
        cells = [cell.cell_contents for cell in x.__closure__ or () if cell != types.CellType()]
        # What PyTorch's own functions name is no critic; what its wrappers close over may be one.
        own = str(x.__globals__.get("__name__")).split(".")[0] == "torch"
        named = [] if own else [x.__globals__[name] for name in _names(x.__code__) if name in x.__globals__]
        return [*cells, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values(), *named]
    if isinstance(x, list):
        return list.__getitem__(x, slice(_WIDTH))
    if isinstance(x, tuple):
        return list(tuple.__getitem__(x, slice(_WIDTH)))
    if isinstance(x, dict):
        return list(itertools.islice(dict.values(x), _WIDTH))
    try:
        attributes = object.__getattribute__(x, "__dict__")
    except AttributeError:
        attributes = {}
    call = inspect.getattr_static(type(x), "__call__", None)
    return [*([call] if isinstance(call, types.FunctionType) else []), *itertools.islice(attributes.values(), _WIDTH)]


def _names(code: types.CodeType) -> dict[str, None]:
    """The names in a function, and in those that it defines."""
    inner = [name for const in code.co_consts if isinstance(const, types.CodeType) for name in _names(const)]
    return dict.fromkeys([*code.co_names, *inner])


def modules_in(critic: Any) -> list[nn.Module]:
    """All modules of a critic, each once, in however many others it is."""
    modules: dict[int, nn.Module] = {}
    near: list[Any] = [critic] if isinstance(critic, nn.Module) else _modules_of(critic)
    while near:
        module = near.pop()
        if module is not None and id(module) not in modules:
            modules[id(module)] = module
            near.extend(module._modules.values())
    return list(modules.values())


def _with_buffers(critic: Any, modules: list[nn.Module] | None = None) -> Callable[[], Any]:
    """The critic with what it keeps as it is now, each time anew: it may change them in place."""
    if torch.compiler.is_compiling():
        return _with_buffers_compiled(critic)
    modules = modules_in(critic) if modules is None else modules
    # `functional_call` would lose the buffers of what is there twice.
    slots = [(m._buffers, name, b) for m in modules if m._buffers for name, b in m._buffers.items() if b is not None]
    if not slots:
        return lambda: critic
    kept = {id(b): (b, b.clone()) for _, _, b in slots}

    def anew() -> Any:
        buffers = {key: value.clone() for key, (_, value) in kept.items()}

        def call(*inputs: Any, **named: Any) -> Any:
            before = [(holder, name, holder[name]) for holder, name, _ in slots]
            try:
                for holder, name, b in slots:
                    holder[name] = buffers[id(b)]
                return critic(*inputs, **named)
            finally:
                for holder, name, old in reversed(before):
                    holder[name] = old

        return call

    return anew


def _with_buffers_compiled(critic: Any) -> Callable[[], Any]:
    """For Dynamo, which cannot look into a function: in a step for it nothing may move a buffer anyhow."""
    kept = {name: b.clone() for name, b in critic.named_buffers()} if isinstance(critic, nn.Module) else {}
    if not kept:
        return lambda: critic
    return lambda: lambda *inputs, **named: torch.func.functional_call(critic, kept, inputs, named)


def undisturbed(critic: Any, alike: bool) -> Any:
    """`Calculus.undisturbed`."""
    call = _with_buffers(critic)()
    return alike_on_all_rows(call) if alike else call


def alike_on_all_rows(critic: Any) -> Any:
    """The critic, which raises where it draws numbers; a compiler and a transformation cannot see that."""
    if _looked_on():
        return critic

    def call(x: Any, *args: Any, **named: Any) -> Any:
        devices = {leaf.device for leaf in pytree.tree_leaves(x) if leaf.is_cuda}
        states: list[Callable[[], Tensor]] = [torch.get_rng_state]
        states += [functools.partial(torch.cuda.get_rng_state, device) for device in devices]
        before = [state() for state in states]
        output = critic(x, *args, **named)
        if not all(torch.equal(state(), b) for state, b in zip(states, before, strict=True)):
            raise ValueError(DRAWS)
        return output

    return call


def _looked_on() -> bool:
    """Whether a compiler or a transformation follows what the critic does."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()


def remembered(critic: Any) -> Callable[[Tensor], Any]:
    """`Calculus.remembered`."""
    if _looked_on():
        return lambda x: critic
    modules = modules_in(critic)
    return lambda x: remembered_on(critic, [x.device] if x.is_cuda else [], modules)


def remembered_on(critic: Any, devices: list[torch.device], modules: list[nn.Module] | None = None) -> Any:
    """The same, with what is drawn on these devices, and on the CPU."""
    if _looked_on():
        return critic
    drawn = torch.default_generator.get_state(), [torch.cuda.get_rng_state(device) for device in devices]
    anew = _with_buffers(critic, modules)

    def again(*inputs: Any, **named: Any) -> Any:
        with torch.random.fork_rng(devices):
            torch.set_rng_state(drawn[0])
            for device, state in zip(devices, drawn[1], strict=True):
                torch.cuda.set_rng_state(state, device)
            return anew()(*inputs, **named)

    return again
