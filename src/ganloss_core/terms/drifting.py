"""Drifting: what a one-step generator minimises without a critic, so that its samples drift to the data in features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial, reduce
from typing import Any, Generic, Never

from ganloss_core.engine.backend import Backend, named_as_called
from ganloss_core.engine.expectation import log_add_exp
from ganloss_core.engine.side import shape
from ganloss_core.words.ops import A
from ganloss_core.words.rows import beside

TEMPERATURES = (0.02, 0.05, 0.2)


@named_as_called
class Drifting(Generic[A]):
    """The function that users call, for one backend."""

    def __init__(self, backend: Backend[A]) -> None:
        self._backend = backend

    def drifting(
        self,
        *by_keyword: Never,
        real: Any,
        fake: Any,
        negative: Any = None,
        temperatures: Sequence[float] = TEMPERATURES,
    ) -> A:
        r"""The mean square of the force that pulls fakes to reals and pushes them from each other; its gradient is that force.

        G minimises E (x - (x + F))^2, x + F held constant, x = fake / u, F = sum_T F_T / rms(F_T), and for each temperature T
        F_T = N sum_j A_ij (real_j - fake_i) / u - P sum_k A_ik (fake_k - fake_i) / u, where k runs over `negative` too,
        A = max(p q, 10^-6)^(1/2), p and q are the softmax of -d / (s T) over all others and over the fakes, N and P the sums of
        A_i over fakes and negatives, and over reals. d is the distance, s its mean, u = s / sqrt(length); neither is below
        10^-3.

        Arguments:
            real: features of real samples, shape (m, length), of the same class where there are classes.
            fake: features of G's samples, shape (n, length), which alone are differentiated.
            negative: features that fakes are to keep away from too, such as of another class, shape (k, length).
            temperatures: positive numbers.

        Raises TypeError unless features are floating point, ValueError for shapes that do not fit, for temperatures that are
        not positive.

        Deng et al. 2026, as in lambertae/drifting, with weights of 1.

        >>> import torch, ganloss_torch as gan
        >>> gan.drifting(real=torch.ones((2, 1)), fake=torch.zeros((2, 1))).item()
        9.0
        """
        if by_keyword:
            raise TypeError("gan.drifting takes features by keyword: gan.drifting(real=..., fake=...)")
        b = self._backend
        f = b.logits(fake, "fake features")
        others = [(x, name) for x, name in ((negative, "negative"), (real, "real")) if x is not None]
        targets = [b.hold(f), *(b.hold(b.logits(x, f"{name} features")) for x, name in others)]
        for x, name in zip(targets, ("fake", *(name for _, name in others)), strict=True):
            _check(name, shape(x), shape(f))
        if not isinstance(temperatures, (tuple, list)) or not temperatures or not min(temperatures) > 0.0:
            raise ValueError(f"drifting: temperatures must be positive numbers, such as (0.05, 0.2), got {temperatures}")
        # Only differences count: without the common level nothing cancels.
        center = b.sum(targets[0], 0) / float(shape(f)[0])
        targets = [x - b.reshape(center, (1, -1)) for x in targets]
        distances = [self._lengths(targets[0], x) for x in targets]
        scale = reduce(lambda x, y: x + y, map(b.sum, distances)) / float(sum(math.prod(shape(d)) for d in distances))
        unit, scale = self._at_least(scale / math.sqrt(shape(f)[1]), 1e-3), self._at_least(scale, 1e-3)
        forces = [self._force(targets, [d / scale for d in distances], t) / unit for t in temperatures]
        force = reduce(lambda x, y: x + y, map(self._over_root_mean_square, forces))
        return b.mean(b.ops.square((f - b.hold(f)) / unit - force))

    def _lengths(self, x: A, y: A) -> A:
        return self._backend.ops.sqrt(self._at_least(self._backend.rows.squared_distances(x, y), 1e-8))

    def _at_least(self, x: A, smallest: float) -> A:
        return x + self._backend.ops.relu(smallest - x)

    def _over_root_mean_square(self, x: A) -> A:
        b = self._backend
        return x / b.ops.sqrt(self._at_least(b.mean(b.ops.square(x)), 1e-8))

    def _force(self, targets: Sequence[A], distances: Sequence[A], temperature: float) -> A:
        b = self._backend
        # A sample does not see itself.
        masks = [b.rows.apart(distances[0], None), *(None for _ in distances[1:])]
        exponents = [-1.0 / temperature * d for d in distances]
        by_row = reduce(
            partial(log_add_exp, b), reversed([b.rows.log_sum_exp(z, m) for z, m in zip(exponents, masks, strict=True)])
        )
        pulls: list[A] = []
        sums: list[A] = []
        for z, mask, x in zip(exponents, masks, targets, strict=True):
            by_column = b.rows.log_sum_exp(b.transpose(z), mask)
            product = b.ops.exp(2.0 * z - beside(b, by_row) - b.reshape(by_column, (1, -1)))
            product = product if mask is None else b.masked(mask, product, 0.0)
            affinity = b.ops.sqrt(self._at_least(product, 1e-6))
            pulls.append(b.rows.products(affinity, b.transpose(x)))
            sums.append(b.sum(affinity, 1))
        away, apart = reduce(lambda x, y: x + y, pulls[:-1]), reduce(lambda x, y: x + y, sums[:-1])
        force: A = beside(b, apart) * pulls[-1] - beside(b, sums[-1]) * away
        return force


def _check(name: str, of: tuple[int, ...], fake: tuple[int, ...]) -> None:
    if len(of) != 2 or 0 in of or of[1] != fake[-1]:
        raise ValueError(
            f"drifting: features must have shape (samples, length), equally long on all sides: got {name} of shape {of}"
            + ("" if name == "fake" else f" beside fakes of shape {fake}")
        )
