"""Critics in PyTorch: double backward eagerly, `torch.func` where a step is compiled or transformed."""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ganloss_core.terms.observe import Calculus
from ganloss_core.terms.penalties import Penalties
from ganloss_torch._backend import backend

_Run = Callable[[Tensor], tuple[Tensor, Any]]


def _linearize(run: _Run, x: Tensor, critic: Any) -> tuple[Tensor, Any, Callable[[], Tensor]]:
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return _by_transform(run, x)
    if not torch.is_grad_enabled():
        raise RuntimeError("observe needs gradients: call it outside torch.no_grad()")
    # A leaf of our own: the caller's tensor is not touched, and one that has a graph (of G, of augmentation) keeps it.
    x = x if x.requires_grad else x.detach().requires_grad_()
    total, outputs = run(x)

    def gradient() -> Tensor:
        g = None
        if total.requires_grad:
            (g,) = torch.autograd.grad(total, x, create_graph=True, allow_unused=True)
        if g is None:
            raise ValueError("the critic's output does not depend on its input: is it detached inside?")
        _check_twice_differentiable(g, critic)
        return g

    return total, outputs, gradient


def _by_transform(run: _Run, x: Tensor) -> tuple[Tensor, Any, Callable[[], Tensor]]:
    kept: list[Any] = []

    def tensors(x: Tensor) -> tuple[Tensor, list[Tensor]]:
        # torch.func passes nothing but tensors on.
        total, outputs = run(x)
        leaves, structure = pytree.tree_flatten(outputs)
        found = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]
        kept[:] = [structure, found, [None if i in found else leaf for i, leaf in enumerate(leaves)]]
        return total, [leaves[i] for i in found]

    # Its return type does not say that there are three.
    result: Any = torch.func.vjp(tensors, x, has_aux=True)
    total, pull, arrays = result
    structure, found, leaves = kept
    for i, array in zip(found, arrays, strict=True):
        leaves[i] = array
    return total, pytree.tree_unflatten(leaves, structure), lambda: pull(torch.ones_like(total))[0]


_CHECKED: weakref.WeakSet[Any] = weakref.WeakSet()


def _check_twice_differentiable(g: Tensor, critic: Any) -> None:
    """Once for each module or piece of code: PyTorch itself would complain only in backward(), and name a kernel."""
    # A partial, or another object that is called, says nothing of what it calls: each is looked at.
    key = critic if isinstance(critic, nn.Module) else getattr(critic, "__code__", None)
    if key is not None and key in _CHECKED:
        return
    stack, seen = [g.grad_fn], set()
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if "NotImplemented" in node.name():
            raise RuntimeError(
                "a gradient penalty differentiates the critic twice, which one of its kernels cannot do: for attention "
                "run the critic under torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH), or use approximate_r1"
            )
        stack += [parent for parent, _ in node.next_functions]
    if key is not None:
        _CHECKED.add(key)


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

    def forward(self, *inputs: Any) -> Any:
        return self._critic[0](*inputs)


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
        return lambda *inputs: torch.func.functional_call(critic, buffers, inputs)

    return anew


def _undisturbed(critic: Any) -> Any:
    return _with_buffers(critic)()


def _remembered(critic: Any, x: Tensor) -> Any:
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return critic
    devices = [x.device] if x.is_cuda else []
    drawn = torch.get_rng_state(), [torch.cuda.get_rng_state(device) for device in devices]
    anew = _with_buffers(critic)

    def again(*inputs: Any) -> Any:
        with torch.random.fork_rng(devices):
            torch.set_rng_state(drawn[0])
            for device, state in zip(devices, drawn[1], strict=True):
                torch.cuda.set_rng_state(state, device)
            return anew()(*inputs)

    return again


def _uniform(shape: tuple[int, ...], x: Tensor, rng: Any) -> Tensor:
    return torch.rand(shape, dtype=x.dtype, device=x.device, **_from(rng))


def _normal(shape: tuple[int, ...], x: Tensor, rng: Any) -> Tensor:
    return torch.randn(shape, dtype=x.dtype, device=x.device, **_from(rng))


def _from(rng: Any) -> dict[str, Any]:
    if rng is None:
        # A compiled step with a generator, even None, keeps the batch size that it saw first.
        return {}
    if not isinstance(rng, torch.Generator):
        raise TypeError(f"rng must be a torch.Generator, or None for PyTorch's own, got {type(rng).__name__}")
    return {"generator": rng}


def _dtype(dtype: Any) -> torch.dtype:
    chosen: torch.dtype = torch.float32 if dtype is None else getattr(torch, dtype) if isinstance(dtype, str) else dtype
    return chosen


calculus: Calculus[Tensor] = Calculus(
    backend=backend,
    linearize=_linearize,
    functional=lambda critic: (critic, None),
    undisturbed=_undisturbed,
    remembered=_remembered,
    # DDP waits for every parameter, and the last bias has no part in the gradient by the input.
    anchored=lambda penalty, number: torch.add(penalty, number, alpha=0.0),
    waits=lambda: torch.distributed.is_available() and torch.distributed.is_initialized(),
    trace=lambda: None,
    concatenate=lambda parts: torch.cat(list(parts)),
    detached=Tensor.detach,
    uniform=_uniform,
    normal=_normal,
    number=lambda value, dtype: torch.tensor(value, dtype=_dtype(dtype)),
    pixels=lambda shape: shape[2:],
)

penalties: Final[Penalties[Tensor]] = Penalties(calculus)
observe: Final = penalties.observe
r1: Final = penalties.r1
r2: Final = penalties.r2
zero_centered: Final = penalties.zero_centered
wgan_gp: Final = penalties.wgan_gp
wgan_lp: Final = penalties.wgan_lp
wgan_div: Final = penalties.wgan_div
dragan: Final = penalties.dragan
max_gp: Final = penalties.max_gp
approximate_r1: Final = penalties.approximate_r1
approximate_r2: Final = penalties.approximate_r2
