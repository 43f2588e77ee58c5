"""What training adds to an adversarial loss and needs no state: matching features, consistency, drift, a balancing weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal

from ganloss_core.engine.backend import Backend, named_as_called
from ganloss_core.engine.devices import devices_in
from ganloss_core.engine.heads import CONTAINERS, over_heads
from ganloss_core.engine.side import Plain, shape, size
from ganloss_core.spec.arguments import factor, real
from ganloss_core.terms.weights import finished, is_of_each, side_of, unmasked
from ganloss_core.words.ops import A

Over = Literal["mean", "sum"]


MeanDistances = Callable[[list[Any], list[Any], list[float], str, bool], A | None]
"""(reals, fakes, shares, distance, detach_real): the sum over layers of share times mean distance, or None to have the loop."""


@named_as_called
class Terms(Generic[A]):
    """The functions that users call, for one backend."""

    def __init__(self, backend: Backend[A], mean_distances: MeanDistances[A] | None = None) -> None:
        self._backend, self._mean_distances = backend, mean_distances

    def feature_matching(
        self,
        real: Sequence[Any] | dict[Any, Any],
        fake: Sequence[Any] | dict[Any, Any],
        weight: Any = 1.0,
        *,
        distance: Literal["l1", "l2"] = "l1",
        layers: Over = "mean",
        heads: Over = "mean",
        of_means: bool = False,
        detach_real: bool = True,
        element_weight: Sequence[Any] | dict[Any, Any] | None = None,
        **devices: Any,
    ) -> A:
        """weight times the distance between a critic's features of reals and of fakes, for G.

        Of each layer the mean over all elements of |fake - real|, or of its square; over layers, and over heads, the mean or
        sum.

        Arguments:
            real: features of reals, a list with one array for each layer, or a list of such lists, one for each head; dicts may
                be in place of lists. Features may be complex; |.| is then the modulus.
            fake: features of fakes, of the same shapes.
            weight: a factor.
            distance: "l1" or "l2", the square.
            layers: how layers combine: "mean" or "sum".
            heads: how heads combine.
            of_means: compare the means over the batch instead of the samples (Salimans et al.; StudioGAN).
            detach_real: no gradient through the features of reals.
            element_weight: a weight, or a bool, for each element of each layer, lists as `real`: a layer's mean is the sum of
                products over the sum of its weights, and what has no weight, such as padding, may be anything.
            group: in PyTorch, and `axis_name` in JAX: the devices whose samples are one batch, as in `observe`.

        Raises TypeError for anything but lists of arrays, ValueError for lists or arrays that do not match.

        Wang et al. 2018, arXiv:1711.11585, equation 4; Salimans et al. 2016, arXiv:1606.03498, section 3.1.

        >>> import torch, ganloss_torch as gan
        >>> real, fake = [torch.ones((2, 3)), torch.ones((2, 5))], [torch.zeros((2, 3)), torch.ones((2, 5))]
        >>> gan.feature_matching(real, fake, 10.0).item()
        5.0
        """
        factor("weight", weight)
        if distance not in ("l1", "l2"):
            raise ValueError(f"distance must be 'l1' or 'l2', got {distance!r}")
        for name, rule in (("layers", layers), ("heads", heads)):
            if rule not in ("mean", "sum"):
                raise ValueError(f"{name} must be 'mean' or 'sum', got {rule!r}")
        backend, several = self._backend, devices_in(self._backend, "feature_matching", devices)
        if of_means and element_weight is not None:
            raise ValueError("of_means compares means over the batch: element_weight has no place there")

        of_elements = None if of_means else several  # means over the batch are the same on all devices

        def of_layer(real: Any, fake: Any, weight: Any) -> tuple[Plain[A], A]:
            r, f = _features(backend, real, "real"), _features(backend, fake, "fake")
            check_same("features", r, f)
            r = backend.hold(r) if detach_real else r
            if of_means:
                r, f = _means(backend, several, r, f)
            side = side_of(backend, f.real if _is_complex(f) else f, weight, "element_weight", devices=of_elements)
            r, f = unmasked(backend, side, r, f)
            return side, _distance(backend, f - r, distance)

        pairs = _zipped("features", real, fake, element_weight)
        each = [_zipped("layers", *head) for head in pairs] if isinstance(pairs[0][0], (list, tuple, dict)) else [pairs]
        matched = None
        if self._mean_distances is not None and element_weight is None and not of_means and several is None:
            over_heads = len(each) if heads == "mean" else 1
            shares = [1.0 / (over_heads * (len(head) if layers == "mean" else 1)) for head in each for _ in head]
            flat = [layer for head in each for layer in head]
            matched = self._mean_distances([r for r, _, _ in flat], [f for _, f, _ in flat], shares, distance, detach_real)
        if matched is None:
            values = iter(finished(of_elements, (of_layer(*layer) for head in each for layer in head)))
            matched = _combined([_combined([next(values) for _ in head], layers) for head in each], heads)
        weighted: A = matched if isinstance(weight, float) and weight == 1.0 else weight * matched
        return weighted

    def consistency(self, x: Any, y: Any, weight: Any, *, element_weight: Any = None, **devices: Any) -> A:
        """weight times the mean over all elements of (x - y)^2.

        CR compares the logits of reals and of augmented reals; bCR does the same for fakes besides; zCR, for D, the logits of
        fakes and of fakes from perturbed noise, and for G, with a negative weight, these fakes themselves. Nothing is detached.
        `element_weight` has the shape of x, or is a list or dict of such, as weights of a loss. Of several heads, lists or
        dicts, it is the mean. With `group`, in JAX `axis_name`, the batches of several devices are one, as in `observe`.

        Raises TypeError and ValueError for what are no arrays of floating-point numbers of one shape.

        Zhang et al. 2020, arXiv:1910.12027; Zhao et al. 2020, arXiv:2002.04724; as in POSTECH-CVLab/PyTorch-StudioGAN.

        >>> import torch, ganloss_torch as gan
        >>> gan.consistency(torch.ones(4), torch.zeros(4), 10.0).item()
        10.0
        """
        factor("weight", weight)
        backend, several = self._backend, devices_in(self._backend, "consistency", devices)

        def of_head(x: Any, y: Any, element_weight: Any) -> tuple[Plain[A], A]:
            a, b = backend.logits(x, "the first logits"), backend.logits(y, "the second logits")
            check_same("outputs", a, b)
            elements = side_of(backend, a, element_weight, "element_weight", devices=several)
            a, b = unmasked(backend, elements, a, b)
            return elements, backend.ops.square(a - b)

        loss: A = weight * _of_heads(several, of_head, x, x=x, y=y, element_weight=element_weight)
        return loss

    def drift(self, logits: Any, weight: Any, *, element_weight: Any = None, **devices: Any) -> A:
        """weight times the mean of the squared logits, which keeps a critic's level near 0.

        `weight` is a number, or one for each sample, an array: then the mean is that of their products. `element_weight` has
        the shape of the logits, as `real_weight` of a loss. Of several heads, a list or dict, it is the mean. With `group`, in
        JAX `axis_name`, the batches of several devices are one, as in `observe`.

        Karras et al. 2018, arXiv:1710.10196, appendix A.1, on reals with weight 0.001.

        >>> import torch, ganloss_torch as gan
        >>> gan.drift(2.0 * torch.ones(4), 0.25).item()
        1.0
        """
        backend, several = self._backend, devices_in(self._backend, "drift", devices)
        of_each = bool(shape(weight)) if hasattr(weight, "shape") else False

        def of_head(logits: Any, element_weight: Any) -> tuple[Plain[A], A]:
            x = backend.logits(logits, "the critic's logits")
            elements = side_of(backend, x, element_weight, "element_weight", devices=several)
            squares: Any = backend.ops.square(*unmasked(backend, elements, x))
            if is_of_each(weight, (*shape(x), 0)[0]):
                squares = backend.reshape(backend.like(weight, x), shape(x)[:1] + (1,) * len(shape(x)[1:])) * squares
            return elements, squares

        loss: A = _of_heads(several, of_head, logits, logits=logits, element_weight=element_weight)
        loss = loss if of_each else weight * loss
        return loss

    def adaptive_weight(
        self,
        reconstruction_gradient: Any,
        generator_gradient: Any,
        *,
        epsilon: float = 1e-4,
        largest: float = 1e4,
        sharded: bool = False,
        **devices: Any,
    ) -> A:
        """VQGAN's weight of G's loss: the ratio of two gradients' norms, at most `largest`, a constant for differentiation.

        |reconstruction_gradient| / (|generator_gradient| + epsilon), where both are gradients by the decoder's last layer: of
        the reconstruction loss, and of G's loss.

        With `group`, in JAX `axis_name`, it is one number on several devices: each has the gradients of its own loss, which
        are averaged, as DDP does; or, with `sharded`, its part of each gradient, as FSDP keeps it.

        Raises TypeError for what are no arrays of floating-point numbers, and for `sharded` on one device; ValueError for
        losses, whose shape is (), and for gradients to be averaged of two shapes.

        Esser et al. 2021, arXiv:2012.09841, equation 7, as in CompVis/taming-transformers.

        >>> import torch, ganloss_torch as gan
        >>> gan.adaptive_weight(3.0 * torch.ones(4), torch.ones(4), epsilon=0.0).item()
        3.0
        """
        backend, several = self._backend, devices_in(self._backend, "adaptive_weight", devices)
        if sharded and several is None:
            raise TypeError(f"sharded=True is for several devices: give {backend.devices_argument}=... as well")

        def constant(gradient: Any, name: str) -> Any:
            g = backend.logits(gradient, name)
            if not shape(g):
                raise ValueError(f"adaptive_weight takes gradients by the last layer, not losses: {name} has shape ()")
            return backend.hold(g)

        epsilon = real("epsilon", epsilon)
        gradients = [
            constant(x, f"the {of}'s gradient")
            for of, x in (("reconstruction", reconstruction_gradient), ("generator", generator_gradient))
        ]
        if several is not None and not sharded:
            check_same("gradients", *gradients)
            gradients = [total / float(several.count) for total in several.summed(gradients)]
        of_reconstruction, of_generator = norms(backend, several if sharded else None, gradients)
        ratio: Any = of_reconstruction / (of_generator + epsilon)
        # A NaN is not beyond the bound, and stays.
        return backend.masked(1.0 - backend.less(-ratio, -largest), ratio, largest)


def lengths(backend: Backend[A], rows: A) -> A:
    """The norm of each row, of constants."""
    # Squares would overflow from the root of the largest number on, and XLA takes the inverse of a very large one for 0.
    largest: Any = backend.max(backend.ops.abs(rows), 1)
    usable = backend.ops.step(largest) * backend.less(largest, math.inf)
    unit = backend.masked(usable, largest * (1.0 - 0.9375 * backend.less(-largest, -1.0)), 1.0)
    units = backend.reshape(unit, (shape(rows)[0], 1))
    return unit * backend.ops.sqrt(backend.sum(backend.ops.square(rows / units), 1))


def norms(backend: Backend[A], devices: Any, arrays: Sequence[Any]) -> list[A]:
    """The norm of each array, of constants; on several devices, of which each has a part of it."""
    # An empty part has the norm 0.
    rows = [backend.reshape(x if size(x) else backend.sum(x), (1, size(x) or 1)) for x in arrays]
    each = [lengths(backend, x) for x in rows]
    if devices is not None:
        each = [lengths(backend, backend.reshape(x, (1, -1))) for x in devices.joined(each)[0]]
    return [backend.sum(x) for x in each]


def _means(backend: Backend[A], devices: Any, r: Any, f: Any) -> list[Any]:
    """The means over the batch."""
    sums, n = [backend.sum(x, 0) for x in (r, f)], float(shape(r)[0])
    if devices is None:
        return [x / n for x in sums]
    # 0, which of what is real no infinite sum makes NaN.
    zero: Any = 0.0 * backend.hold(sums[0]) if _is_complex(sums[0]) else backend.less(sums[0], sums[0])
    *sums, count = devices.summed([*sums, zero + n])
    return [x / count for x in sums]


def _of_heads(devices: Any, of_head: Callable[..., tuple[Plain[A], A]], first: Any, **arguments: Any) -> Any:
    if not isinstance(first, CONTAINERS):
        side, x = of_head(**arguments)
        return side.finish(x)
    return over_heads(lambda heads: finished(devices, [of_head(**head) for head in heads]), "mean", False, **arguments)


def _features(backend: Backend[A], x: Any, side: str) -> Any:
    """Features as they are compared: in float32 or wider, or complex."""
    return x if _is_complex(x) else backend.logits(x, f"features of {side}")


def _is_complex(x: Any) -> bool:
    return str(getattr(x, "dtype", "")).endswith(("complex64", "complex128"))


def _distance(backend: Backend[A], d: Any, distance: str) -> Any:
    if not _is_complex(d):
        return (backend.ops.abs if distance == "l1" else backend.ops.square)(d)
    return abs(d) if distance == "l1" else backend.ops.square(d.real) + backend.ops.square(d.imag)


def _zipped(name: str, real: Any, fake: Any, weight: Any) -> list[tuple[Any, Any, Any]]:
    if isinstance(real, dict) and isinstance(fake, dict) and isinstance(weight, (dict, type(None))):
        if set(fake) != set(real) or (weight is not None and set(weight) != set(real)):
            raise ValueError(f"{name} of real and of fake must have the same names, got {list(real)} and {list(fake)}")
        real, fake, weight = (x if x is None else [x[key] for key in real] for x in (real, fake, weight))
    for side, x in (("real", real), ("fake", fake), ("element_weight", weight)):
        if (not isinstance(x, (list, tuple)) or not x) and not (x is None and x is weight):
            raise TypeError(
                f"{name} of {side} must be a list of arrays, or of lists of arrays (or dicts, on every side), got "
                f"{'an empty ' if isinstance(x, (list, tuple)) else ''}{type(x).__name__}"
            )
    weights = [None] * len(real) if weight is None else weight
    if not len(real) == len(fake) == len(weights):
        of_weights = "" if weight is None else f", and element_weight has {len(weights)}"
        raise ValueError(f"{name} of real and of fake must be as many, got {len(real)} and {len(fake)}{of_weights}")
    return list(zip(real, fake, weights, strict=True))


def _combined(losses: list[A], over: Over) -> A:
    total: Any = losses[0]
    for loss in losses[1:]:
        total = total + loss
    combined: A = total / float(len(losses)) if over == "mean" and len(losses) > 1 else total
    return combined


def check_same(what: str, a: Any, b: Any) -> None:
    """ValueError for arrays of different shapes."""
    if shape(a) != shape(b):
        raise ValueError(f"{what} that are compared must have one shape, got {shape(a)} and {shape(b)}: one would broadcast")
