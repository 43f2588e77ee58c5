"""A loss of a whole batch in PyTorch, whose critic sees a part of the batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.nn.parallel import DistributedDataParallel

from ganloss_torch._critics import modules_in, remembered_on
from ganloss_torch._observe import _tree


class _Call(NamedTuple):
    """A critic's call without a graph: what calls it again with the same random numbers and buffers, and what it returned."""

    again: Callable[[Any], Any]
    x: Any
    outputs: list[Tensor]
    structure: Any
    rebuilt: Callable[[list[Any]], Any]
    averaging: set[DistributedDataParallel]
    """What had a part in it."""


def accumulate(loss: Callable[..., Any], critic: Callable[[Any], Any], /, **batches: Any) -> Tensor:
    """The backward pass of a loss of a whole batch, with the memory of a critic on one micro-batch.

    dL/dp = sum_i (dL/dl_i) (dl_i/dp), with l_i = critic(x_i; p) the logits of micro-batch i, and L a loss of all logits, which
    may compare any with any. First the critic runs on all micro-batches without a graph; then the loss, and its gradient by the
    logits; then the critic again on one micro-batch after the other, and backwards from there.

    Arguments:
        loss: what all logits go to, by the names of `batches`, and what returns a number, a tensor of shape ():
            `loss.discriminator`, or a function of your own with a factor, weights, labels, the logits of the other player.
        critic: a function of one micro-batch, to logits, or a list or a dict of them, along the first axis. For G's step it is
            `lambda z: critic(generator(z))`. It runs twice with the same random numbers of PyTorch, and the buffers of its
            modules (batch norm's running means) are changed once. Such a module must be what the critic is, closes
            over, or has as an argument, an attribute or a global.
        batches: for each name a list of micro-batches, `reals.split(8)`, of any sizes: tensors, or what contains tensors.

    Returns the loss, without a graph. To the `grad` of all parameters, and of whatever in the micro-batches and in `loss`
    requires a gradient, is added what `backward()` would add. Each `DistributedDataParallel` averages
    in the last call that it has a part in.

    Raises RuntimeError under `torch.no_grad`; TypeError for a batch that is no list of micro-batches, for logits that are no
    tensors, and for a loss that is none; ValueError for a list that is empty, micro-batches with different heads, a loss of
    another shape than (), and a module with such buffers that the critic reaches otherwise.

    Gao et al. 2021, arXiv:2101.06983, section 3.3.

    >>> import torch, ganloss_torch as gan
    >>> critic, (reals, fakes) = torch.nn.Linear(3, 1), torch.randn(2, 8, 3)
    >>> loss = gan.GANLoss("rasgan")
    >>> value = gan.accumulate(loss.discriminator, critic, real=reals.split(2), fake=fakes.split(2))
    >>> torch.allclose(value, loss.discriminator(critic(reals), critic(fakes)))
    True
    """
    if not torch.is_grad_enabled():
        raise RuntimeError("accumulate needs gradients: call it outside torch.no_grad()")
    of_samples: list[tuple[Tensor, Tensor]] = []
    with torch.no_grad():
        calls = {name: [_called(critic, x) for x in _micro_batches(name, batch)] for name, batch in batches.items()}
    # Older PyTorch takes what autocast cast without a graph where there is one.
    torch.clear_autocast_cache()
    logits = {name: _joined(name, of_batch) for name, of_batch in calls.items()}
    with _apart({module for of_batch in calls.values() for call in of_batch for module in call.averaging}):
        value = loss(**{name: of_batch[0].rebuilt(logits[name]) for name, of_batch in calls.items()})
        if not isinstance(value, Tensor):
            raise TypeError(f"the loss must be a tensor of shape (), got {type(value).__name__}")
        if value.ndim:
            raise ValueError(f"the loss must be a tensor of shape (), got {tuple(value.shape)}")
        torch.autograd.backward(value)
    left = [
        (call, gradients)
        for name, of_batch in calls.items()
        for call, gradients in zip(of_batch, _parts(of_batch, [x.grad for x in logits[name]]), strict=True)
        if any(g is not None for g in gradients)
    ]
    for i, (call, gradients) in enumerate(left):
        # Each averages in the last call that it has a part in.
        later = {module for other, _ in left[i + 1 :] for module in other.averaging}
        with _apart(call.averaging & later):
            of_samples += _backward(call, gradients)
    _backward_from(of_samples)
    return value.detach()


def _micro_batches(name: str, batch: Any) -> list[Any]:
    if not isinstance(batch, (list, tuple)):
        raise TypeError(f"{name} must be a list of micro-batches, such as {name}.split(8), got {type(batch).__name__}")
    if not batch:
        raise ValueError(f"{name} has no micro-batch: it is empty")
    return list(batch)


def _called(critic: Callable[[Any], Any], x: Any) -> _Call:
    devices = {leaf.device for leaf in _tree(x)[0] if isinstance(leaf, Tensor) and leaf.is_cuda}
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        devices.add(torch.device("cuda", torch.cuda.current_device()))
    again, averaging = remembered_on(critic, list(devices)), set[DistributedDataParallel]()
    before: list[tuple[Any, Tensor, int]] = []

    def noted(module: Any, _: Any) -> None:
        before.extend((module, b, b._version) for b in module._buffers.values() if b is not None)
        if isinstance(module, DistributedDataParallel):
            averaging.add(module)

    noting = register_module_forward_pre_hook(noted)
    try:
        call = _Call(again, x, *_tree(critic(x)), averaging)
    finally:
        noting.remove()
    moved = [module for module, b, version in before if b._version != version]
    known = set(modules_in(critic)) if moved else set()
    unknown = [module for module in moved if module not in known]
    if unknown:
        raise ValueError(
            f"the critic runs twice, and what a {type(unknown[0]).__name__} keeps would move twice: it is reached in a way "
            "that cannot be followed, such as through an imported module; give the module itself, or a function that names it"
        )
    return call


@contextmanager
def _apart(modules: Iterable[DistributedDataParallel]) -> Iterator[None]:
    """Gradients of these stay those of this process."""
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(module.no_sync())
        yield


def _joined(name: str, calls: list[_Call]) -> list[Tensor]:
    """The logits of a batch, of each head, to be differentiated by."""
    for call in calls:
        for x in call.outputs:
            if not isinstance(x, Tensor):
                raise TypeError(f"a critic must return logits, or a list or a dict of them, got {type(x).__name__} for {name}")
        if call.structure != calls[0].structure:
            raise ValueError(
                f"a critic must return the same heads for each micro-batch of {name}, "
                f"got {calls[0].structure} and {call.structure}"
            )
    joined = [torch.cat([_rows(x) for x in parts]) for parts in zip(*(call.outputs for call in calls), strict=True)]
    return [x.requires_grad_(x.is_floating_point() or x.is_complex()) for x in joined]


def _rows(x: Tensor) -> Tensor:
    return x if x.ndim else x.reshape(1)


def _parts(calls: list[_Call], gradients: list[Tensor | None]) -> list[list[Tensor | None]]:
    """For each micro-batch the gradients by its outputs."""
    parts: list[list[Tensor | None]] = [[] for _ in calls]
    for i, g in enumerate(gradients):
        rows = [len(_rows(call.outputs[i])) for call in calls]
        own: Any = [None] * len(calls) if g is None else torch.split(g, rows)
        for part, call, x in zip(parts, calls, own, strict=True):
            part.append(None if x is None else x.reshape(call.outputs[i].shape))
    return parts


def _backward(call: _Call, gradients: list[Tensor | None]) -> list[tuple[Tensor, Tensor]]:
    """The critic again, and backwards: what of the micro-batch requires a gradient, and that gradient."""
    given, _, rebuilt = _tree(call.x)
    # Leaves of our own: a graph that the micro-batches share is gone through once, at the end.
    own = [x.detach().requires_grad_() if isinstance(x, Tensor) and x.requires_grad else x for x in given]
    outputs = _tree(call.again(rebuilt(own)))[0]
    _backward_from([(y, g) for y, g in zip(outputs, gradients, strict=True) if g is not None and y.requires_grad])
    return [(x, y.grad) for x, y in zip(given, own, strict=True) if x is not y and y.grad is not None]


def _backward_from(found: list[tuple[Tensor, Tensor]]) -> None:
    if found:
        torch.autograd.backward([x for x, _ in found], [g for _, g in found])
