"""Critics in PyTorch: double backward eagerly, `torch.func` where a step is compiled or transformed."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.observe import Observation, Outputs
from ganloss_core.terms.penalties import Penalties
from ganloss_torch._backend import backend
from ganloss_torch._critics import alike_on_all_rows, remembered, undisturbed

_Numbers = list[Tensor]
_Run = Callable[[Any], tuple[_Numbers, Any]]


def _linearize(run: _Run, x: Any, critic: Any) -> tuple[_Numbers, Any, Callable[[], list[Any]]]:
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        return _by_transform(run, x)
    if not torch.is_grad_enabled():
        raise RuntimeError("observe needs gradients: call it outside torch.no_grad()")
    # A leaf of our own: the caller's tensor is not touched, and one that has a graph (of G, of augmentation) keeps it.
    leaves, _, rebuilt = _tree(x)
    leaves = [leaf if leaf.requires_grad else leaf.detach().requires_grad_() for leaf in leaves]
    numbers, outputs = run(rebuilt(leaves))

    def gradients() -> list[Any]:
        found: list[Any] = [
            torch.autograd.grad(number, leaves, torch.ones_like(number), create_graph=True, allow_unused=True)
            if number.requires_grad
            else [None] * len(leaves)
            for number in numbers
        ]
        reached = [g for of_number in found for g in of_number if g is not None]
        if not reached:
            raise ValueError("the output of the critic, or generator, does not depend on its input: is it detached inside?")
        _check_twice_differentiable(reached, critic)
        return [
            rebuilt([torch.zeros_like(x) if g is None else g for g, x in zip(of_number, leaves, strict=True)])
            for of_number in found
        ]

    return numbers, outputs, gradients


def _tree(x: Any) -> tuple[list[Any], Any, Callable[[list[Any]], Any]]:
    if isinstance(x, Tensor):
        return [x], "an array", lambda new: new[0]
    # PyTorch keeps the order in which a dict was filled: equal dicts would not match.
    leaves, structure = pytree.tree_flatten(_in_order(x))
    return leaves, structure, lambda new: pytree.tree_unflatten(new, structure)


def _in_order(x: Any) -> Any:
    if type(x) is dict:
        return {key: _in_order(x[key]) for key in sorted(x, key=str)}
    return type(x)(map(_in_order, x)) if type(x) in (list, tuple) else x


def observation_of(
    *,
    real: Any = None,
    real_logits: Any = None,
    fake: Any = None,
    fake_logits: Any = None,
    outputs: Outputs = "sum",
    anchor: bool | None = None,
    group: Any = None,
) -> Observation[Tensor]:
    """What `observe` would return, of a forward that already happened: for penalties at the samples.

    Where the critic runs elsewhere, as on pairs of reals and fakes, its logits and what it saw are enough for `r1`, `r2` and
    all penalties with at="real", "fake" or "ends". One that needs the critic at other points raises TypeError.

    Arguments:
        real: what the critic saw of reals, which required a gradient when it did: `reals.requires_grad_()` before the forward.
        real_logits: what it returned for them: logits, heads, or (logits, features), as in `observe`.
        fake: the same for fakes.
        fake_logits: the same for fakes.
        outputs: as in `observe`.
        anchor: as in `observe`.
        group: as in `observe`.

    Raises ValueError for samples that require no gradient, or that the logits do not depend on (when a penalty asks), TypeError
    for one of samples and logits without the other; RuntimeError inside `torch.compile` and `torch.func`.

    >>> import torch, ganloss_torch as gan
    >>> critic, reals = torch.nn.Linear(3, 1), torch.ones(2, 3, requires_grad=True)
    >>> seen = gan.observation_of(real=reals, real_logits=critic(reals))
    >>> bool(gan.r1(seen, 2.0) == critic.weight.square().sum())
    True
    """
    if torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active():
        raise RuntimeError("observation_of needs a graph that exists: inside torch.compile and torch.func, use observe")
    given = {"real": (real, real_logits), "fake": (fake, fake_logits)}
    for side, (x, logits) in given.items():
        if (x is None) is not (logits is None):
            raise TypeError(f"give both {side} and {side}_logits: what the critic saw, and what it returned for it")
        if not all(leaf.requires_grad for leaf in ([] if x is None else calculus.leaves(x)) if isinstance(leaf, Tensor)):
            raise ValueError(
                f"{side} requires no gradient, so that none can be taken by it: {side}.requires_grad_() before the forward"
            )
    unused = {side: logits for side, (_, logits) in given.items()}

    def critic(_: Any, side: str) -> Any:
        if side not in unused:
            raise TypeError(
                "this penalty runs the critic at other points, which observation_of has not got: use observe(critic, ...)"
            )
        return unused.pop(side)

    real_args, fake_args = (() if x is None else (side,) for side, (x, _) in given.items())
    # A function that calls another is looked at each time: this one stands for as many critics.
    return penalties.observe(
        functools.partial(critic),
        real=real,
        fake=fake,
        outputs=outputs,
        anchor=anchor,
        real_args=real_args,
        fake_args=fake_args,
        group=group,
    )


def _by_transform(run: _Run, x: Any) -> tuple[_Numbers, Any, Callable[[], list[Any]]]:
    kept: list[Any] = []

    def tensors(x: Any) -> tuple[_Numbers, list[Tensor]]:
        # torch.func passes nothing but tensors on.
        numbers, outputs = run(x)
        leaves, structure = pytree.tree_flatten(outputs)
        found = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]
        kept[:] = [structure, found, [None if i in found else leaf for i, leaf in enumerate(leaves)]]
        return numbers, [leaves[i] for i in found]

    result: Any = torch.func.vjp(tensors, x, has_aux=True)
    numbers, pull, arrays = result
    structure, found, leaves = kept
    for i, array in zip(found, arrays, strict=True):
        leaves[i] = array

    def gradients() -> list[Any]:
        ones, zeros = ([f(number) for number in numbers] for f in (torch.ones_like, torch.zeros_like))
        return [pull([*zeros[:i], ones[i], *zeros[i + 1 :]])[0] for i in range(len(numbers))]

    if torch.compiler.is_compiling():
        # A pullback cannot leave the graph, as it must where the step is broken off before a penalty. A gradient that no
        # penalty asks for is not computed.
        pulled = gradients()
        return numbers, pytree.tree_unflatten(leaves, structure), lambda: pulled
    return numbers, pytree.tree_unflatten(leaves, structure), gradients


_CHECKED: weakref.WeakSet[Any] = weakref.WeakSet()


def _check_twice_differentiable(gradients: list[Tensor], critic: Any) -> None:
    """Once for each module or piece of code: PyTorch itself would complain only in backward(), and name a kernel."""
    # A partial, or another object that is called, says nothing of what it calls: each is looked at.
    key = critic if isinstance(critic, nn.Module) else getattr(critic, "__code__", None)
    if key is not None and key in _CHECKED:
        return
    stack, seen = [g.grad_fn for g in gradients], set()
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
    tree=_tree,
    functional=lambda critic, alike: (alike_on_all_rows(critic) if alike else critic, None),
    undisturbed=undisturbed,
    remembered=remembered,
    # DDP waits for every parameter, and the last bias has no part in the gradient by the input.
    anchored=lambda penalty, number: torch.add(penalty, number, alpha=0.0),
    waits=lambda: torch.distributed.is_available() and torch.distributed.is_initialized(),
    trace=lambda: None,
    concatenate=lambda parts: torch.cat(list(parts)),
    detached=Tensor.detach,
    split=lambda rng, n: [rng] * n,
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
gan_qp: Final = penalties.gan_qp
