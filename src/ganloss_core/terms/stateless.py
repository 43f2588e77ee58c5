"""What training adds to a loss and needs no state: consistency, drift, a balancing weight, a gradient's reversal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from ganloss_core.engine.backend import named_as_called
from ganloss_core.engine.devices import devices_in
from ganloss_core.engine.heads import CONTAINERS, over_heads
from ganloss_core.engine.side import Plain, shape
from ganloss_core.spec.arguments import factor, is_array, real, whole
from ganloss_core.terms.arrays import bounded, check_same, norms
from ganloss_core.terms.features import Features
from ganloss_core.terms.weights import finished, is_of_each, side_of, unmasked
from ganloss_core.words.ops import A


@named_as_called
class Terms(Features[A]):
    """The functions that users call, for one backend."""

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
        of_each = is_array(weight) and bool(shape(weight))

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
        smallest: float = 0.0,
        largest: float = 1e4,
        root: Literal[1, 2] = 1,
        sharded: bool = False,
        **devices: Any,
    ) -> A:
        """VQGAN's weight of G's loss: the ratio of two gradients' norms, within bounds, a constant for differentiation.

        |reconstruction_gradient| / (|generator_gradient| + epsilon), not below `smallest` nor above `largest`, and with root=2
        the square root of that. Both are gradients by the decoder's last layer: of the reconstruction loss, and of G's loss.

        With `group`, in JAX `axis_name`, it is one number on several devices: each has the gradients of its own loss, which
        are averaged, as DDP does; or, with `sharded`, its part of each gradient, as FSDP keeps it.

        Raises FloatingPointError for a gradient that is not finite, where that can be seen without waiting for a device or
        breaking a trace; elsewhere the weight is NaN. TypeError for what are no arrays of floating-point numbers, and for
        `sharded` on one device; ValueError for losses, whose shape is (), for gradients to be averaged of two shapes, and for
        bounds that are none.

        Esser et al. 2021, arXiv:2012.09841, equation 7, as in CompVis/taming-transformers; the bounds and the root as in
        FoundationVision/UniTok and lucidrains/magvit2-pytorch.

        >>> import torch, ganloss_torch as gan
        >>> gan.adaptive_weight(3.0 * torch.ones(4), torch.ones(4), epsilon=0.0).item()
        3.0
        """
        backend, several = self._backend, devices_in(self._backend, "adaptive_weight", devices)
        if sharded and several is None:
            raise TypeError(f"sharded=True is for several devices: give {backend.devices_argument}=... as well")
        epsilon, smallest, largest = (
            real(name, value) for name, value in (("epsilon", epsilon), ("smallest", smallest), ("largest", largest))
        )
        if not 0.0 <= smallest <= largest:
            raise ValueError(f"smallest must be from 0 to largest, got smallest={smallest}, largest={largest}")
        if whole("root", root, 1, "1, or 2 for the square root") > 2:
            raise ValueError(f"root must be 1, or 2 for the square root, got {root}")

        def constant(gradient: Any, name: str) -> Any:
            g = backend.logits(gradient, name)
            if not shape(g):
                raise ValueError(f"adaptive_weight takes gradients by the last layer, not losses: {name} has shape ()")
            return backend.hold(g)

        names = ("the reconstruction's gradient", "the generator's gradient")
        gradients = [constant(x, of) for of, x in zip(names, (reconstruction_gradient, generator_gradient), strict=True)]
        if several is not None and not sharded:
            check_same("gradients", *gradients)
            gradients = [total / float(several.count) for total in several.summed(gradients)]
        sizes: list[Any] = norms(backend, several if sharded else None, gradients)
        of_reconstruction, of_generator = sizes
        # NaN where a norm is not finite, though the bounds are.
        nothing = 0.0 * of_reconstruction + 0.0 * of_generator
        seen = backend.bounds(nothing)
        if seen is not None and math.isnan(seen[0]):
            name, norm = next((of, x) for of, x in zip(names, map(float, sizes), strict=True) if not math.isfinite(x))
            raise FloatingPointError(f"{name} is not finite: its norm is {norm}")
        ratio = of_reconstruction / (of_generator + epsilon) + nothing
        weight = bounded(backend, ratio, smallest or None, largest)
        return backend.ops.sqrt(weight) if root == 2 else weight

    def gradient_reversal(self, x: Any, coefficient: Any = 1.0) -> A:
        """x itself, whose gradient is -coefficient times the one that comes back: the layer of domain adaptation (DANN).

        What is trained to minimise D's loss of the result makes the features x maximise it, in one backward pass.

        Arguments:
            x: features, of any shape and floating-point type; of an infinite element the result is NaN.
            coefficient: a number, or an array of shape (), as `reversal_coefficient` gives; a constant for differentiation.

        Raises TypeError for what is no array of floating-point numbers, and for a coefficient that is no number.

        Ganin et al. 2016, arXiv:1505.07818, equations 16 and 17, as in thuml/Transfer-Learning-Library.

        >>> import torch, ganloss_torch as gan
        >>> features = torch.ones(2)
        >>> logits = gan.gradient_reversal(features, 0.5)  # the layers of D follow
        >>> logits.tolist()
        [1.0, 1.0]
        """
        backend = self._backend
        factor("coefficient", coefficient)
        backend.logits(x, "the features")
        kept = backend.hold(x)
        if is_array(coefficient):
            coefficient = backend.hold(backend.like(coefficient, kept))
        reversed: A = kept - coefficient * (x - kept)
        return reversed

    def reversal_coefficient(
        self, step: Any, steps: int = 1000, *, alpha: float = 1.0, lowest: float = 0.0, highest: float = 1.0
    ) -> Any:
        """The coefficient of `gradient_reversal` in a step of a warm start.

        lowest + (highest - lowest) (2 / (1 + e^(-alpha step / steps)) - 1): `lowest` in step 0, and towards `highest` for ever.

        Arguments:
            step: which step it is: a number, to a number; or an array, as within `jax.jit`, to an array.
            steps: how many steps `alpha` is for.
            alpha: how steep it is; 10 in the paper, with all steps of the training for `steps`.
            lowest, highest: its bounds.

        Ganin et al. 2016, arXiv:1505.07818, section 5.2.2, as in thuml/Transfer-Learning-Library.

        >>> import ganloss_torch as gan
        >>> round(gan.reversal_coefficient(500, alpha=10.0), 4)
        0.9866
        """
        for name, value in (("alpha", alpha), ("lowest", lowest), ("highest", highest)):
            real(name, value)
        rate, reach = 0.5 * alpha / whole("steps", steps, 1, "a number of steps"), highest - lowest
        if not is_array(step):
            return lowest + reach * math.tanh(rate * real("step", step))
        factor("step", step)
        return lowest + reach * self._backend.ops.tanh(rate * step)


def _of_heads(devices: Any, of_head: Callable[..., tuple[Plain[A], A]], first: Any, **arguments: Any) -> Any:
    if not isinstance(first, CONTAINERS):
        side, x = of_head(**arguments)
        return side.finish(x)
    return over_heads(lambda heads: finished(devices, [of_head(**head) for head in heads]), "mean", False, **arguments)
