"""What is compared, or kept apart, in a critic's features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal

from ganloss_core.engine.backend import Backend, named_as_called
from ganloss_core.engine.devices import devices_in
from ganloss_core.engine.side import Plain, shape
from ganloss_core.spec.arguments import choice, factor
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.arrays import check_same
from ganloss_core.terms.weights import finished, side_of, unmasked
from ganloss_core.words.ops import A

Over = Literal["mean", "sum"]


MeanDistances = Callable[[list[Any], list[Any], list[float], str, bool], A | None]
"""(reals, fakes, shares, distance, detach_real): the sum over layers of share times mean distance, or None to have the loop."""


@named_as_called
class Features(Generic[A]):
    """The functions of features that users call, for one backend."""

    def __init__(self, backend: Backend[A], mean_distances: MeanDistances[A] | None = None) -> None:
        self._backend, self._mean_distances = backend, mean_distances

    def feature_matching(
        self,
        real: Sequence[Any] | dict[Any, Any],
        fake: Sequence[Any] | dict[Any, Any],
        weight: Any = 1.0,
        *,
        distance: Literal["l1", "l2", "relative"] = "l1",
        epsilon: float | None = None,
        layers: Over = "mean",
        heads: Over = "mean",
        of_means: bool = False,
        detach_real: bool = True,
        element_weight: Sequence[Any] | dict[Any, Any] | None = None,
        **devices: Any,
    ) -> A:
        """weight times the distance between a critic's features of reals and of fakes, for G.

        Of each layer the mean over all elements of |fake - real|, or of its square, or the former over the mean of |real|; over
        layers, and over heads, the mean or sum.

        Arguments:
            real: features of reals, a list with one array for each layer, or a list of such lists, one for each head; dicts may
                be in place of lists. Features may be complex; |.| is then the modulus.
            fake: features of fakes, of the same shapes.
            weight: a factor.
            distance: "l1"; "l2", the square; or "relative", mean |fake - real| / (mean |real| + epsilon) of each layer.
            epsilon: of the relative distance, 1e-3 if not given: a layer whose reals are all 0 has a distance still.
            layers: how layers combine: "mean" or "sum".
            heads: how heads combine.
            of_means: compare the means over the batch instead of the samples (Salimans et al.; StudioGAN).
            detach_real: no gradient through the features of reals, as in VITS and DAC; Vocos and stable-audio-tools have some.
            element_weight: a weight, or a bool, for each element of each layer, lists as `real`: a layer's mean is the sum of
                products over the sum of its weights, and what has no weight, such as padding, may be anything.
            group: in PyTorch, and `axis_name` in JAX: the devices whose samples are one batch, as in `observe`.

        Raises TypeError for anything but lists of arrays, ValueError for lists or arrays that do not match.

        Wang et al. 2018, arXiv:1711.11585, equation 4; Salimans et al. 2016, arXiv:1606.03498, section 3.1; relative as in
        Stability-AI/stable-audio-tools.

        >>> import torch, ganloss_torch as gan
        >>> real, fake = [torch.ones((2, 3)), torch.ones((2, 5))], [torch.zeros((2, 3)), torch.ones((2, 5))]
        >>> gan.feature_matching(real, fake, 10.0).item()
        5.0
        """
        factor("weight", weight)
        choice("distance", distance, ("l1", "l2", "relative"))
        relative, added = distance == "relative", 1e-3 if epsilon is None else real_number("epsilon", epsilon)
        if epsilon is not None and not relative:
            raise ValueError(f"epsilon is for distance='relative', got distance={distance!r}")
        for name, rule in (("layers", layers), ("heads", heads)):
            if rule not in ("mean", "sum"):
                raise ValueError(f"{name} must be 'mean' or 'sum', got {rule!r}")
        backend, several = self._backend, devices_in(self._backend, "feature_matching", devices)
        if of_means and element_weight is not None:
            raise ValueError("of_means compares means over the batch: element_weight has no place there")

        of_elements = None if of_means else several  # means over the batch are the same on all devices

        def of_layer(real: Any, fake: Any, weight: Any) -> list[tuple[Plain[A], A]]:
            r, f = _features(backend, real, "real"), _features(backend, fake, "fake")
            check_same("features", r, f)
            r = backend.hold(r) if detach_real else r
            if of_means:
                r, f = _means(backend, several, r, f)
            side = side_of(backend, f.real if _is_complex(f) else f, weight, "element_weight", devices=of_elements)
            r, f = unmasked(backend, side, r, f)
            distances = [_distance(backend, f - r, distance), *([_distance(backend, r, distance)] if relative else [])]
            return [(side, x) for x in distances]

        pairs = _zipped("features", real, fake, element_weight)
        each = [_zipped("layers", *head) for head in pairs] if isinstance(pairs[0][0], (list, tuple, dict)) else [pairs]
        matched = None
        if self._mean_distances is not None and element_weight is None and not (of_means or relative) and several is None:
            over_heads = len(each) if heads == "mean" else 1
            shares = [1.0 / (over_heads * (len(head) if layers == "mean" else 1)) for head in each for _ in head]
            flat = [layer for head in each for layer in head]
            matched = self._mean_distances([r for r, _, _ in flat], [f for _, f, _ in flat], shares, distance, detach_real)
        if matched is None:
            means: Any = iter(finished(of_elements, (part for head in each for layer in head for part in of_layer(*layer))))
            values = (next(means) / (next(means) + added) for head in each for _ in head) if relative else means
            matched = _combined([_combined([next(values) for _ in head], layers) for head in each], heads)
        weighted: A = matched if isinstance(weight, float) and weight == 1.0 else weight * matched
        return weighted

    def pulling_away(self, features: Any, weight: Any = 1.0, **devices: Any) -> A:
        """weight times the mean squared cosine of all pairs of samples' features, for G: EBGAN's pulling-away term.

        weight / (n (n - 1)) sum over i and j != i of (s_i . s_j / (|s_i| |s_j|))^2. Features that are all 0 are at right angles
        to all others.

        Arguments:
            features: of a batch of fakes, shape (n, length); of the critic's encoder in the paper.
            weight: a factor, 0.1 in the paper.
            group: in PyTorch, and `axis_name` in JAX: the devices whose samples are one batch, as in `observe`; pairs on two
                devices count too.

        Raises TypeError for what is no array of floating-point numbers, ValueError for another shape, or one sample alone.

        Zhao et al. 2016, arXiv:1609.03126, section 2.4, equation 8.

        >>> import torch, ganloss_torch as gan
        >>> round(gan.pulling_away(torch.asarray([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])).item(), 6)
        0.333333
        """
        factor("weight", weight)
        backend, several = self._backend, devices_in(self._backend, "pulling_away", devices)
        x = backend.logits(features, "features")
        if len(shape(x)) != 2:
            raise ValueError(f"features must have shape (n, length), got {shape(x)}: reshape(n, -1) makes rows of others")
        if several is not None:
            (x,), _ = several.joined([x])
        n, _ = shape(x)
        if n < 2:
            raise ValueError(f"pulling_away is a mean over pairs: it needs 2 samples or more, got {n}")

        def column(numbers: Any) -> Any:
            return backend.reshape(numbers, (n, 1))

        # A cosine depends on no length: rows whose largest element is 1 do not overflow.
        largest = backend.max(backend.ops.abs(x), 1)
        x = x / column(backend.masked(largest, largest, 1.0))
        squared = backend.sum(backend.ops.square(x), 1)
        cosines = backend.rows.products(x / column(backend.ops.sqrt(backend.masked(squared, squared, 1.0))))
        pairs = backend.masked(backend.rows.apart(cosines, None), backend.ops.square(cosines), 0.0)
        mean: A = weight * (backend.sum(pairs) / float(n * (n - 1)))
        return mean


def _means(backend: Backend[A], devices: Any, r: Any, f: Any) -> list[Any]:
    """The means over the batch."""
    sums, n = [backend.sum(x, 0) for x in (r, f)], float(shape(r)[0])
    if devices is None:
        return [x / n for x in sums]
    # 0, which of what is real no infinite sum makes NaN.
    zero: Any = 0.0 * backend.hold(sums[0]) if _is_complex(sums[0]) else backend.less(sums[0], sums[0])
    *sums, count = devices.summed([*sums, zero + n])
    return [x / count for x in sums]


def _features(backend: Backend[A], x: Any, side: str) -> Any:
    """Features as they are compared: in float32 or wider, or complex."""
    return x if _is_complex(x) else backend.logits(x, f"features of {side}")


def _is_complex(x: Any) -> bool:
    return str(getattr(x, "dtype", "")).endswith(("complex64", "complex128"))


def _distance(backend: Backend[A], d: Any, distance: str) -> Any:
    if not _is_complex(d):
        return (backend.ops.square if distance == "l2" else backend.ops.abs)(d)
    return backend.ops.square(d.real) + backend.ops.square(d.imag) if distance == "l2" else abs(d)


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
