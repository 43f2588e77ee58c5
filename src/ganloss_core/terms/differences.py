"""Penalties by finite differences, of a critic that cannot be differentiated twice."""

from __future__ import annotations

from typing import Any

from ganloss_core.engine.backend import named_as_called
from ganloss_core.engine.side import Reduction
from ganloss_core.terms.observe import Observation
from ganloss_core.terms.observing import Observing
from ganloss_core.words.ops import A


@named_as_called
class Differences(Observing[A]):
    """The functions that users call, for the library of a `Calculus`."""

    def approximate_r1(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        sigma: float | None = None,
        divide: bool = True,
        fraction: float = 1.0,
        noise: Any = None,
        rng: Any = None,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """R1 by finite differences, for critics that cannot be differentiated twice.

        weight / 2 times the mean over all logits of ((D(real + sigma noise) - D(real)) / sigma)^2: an estimate of `r1` with
        the same weight, where a sample has one logit. With `divide=False` it is not divided by sigma^2, as in APT. What
        `observe(..., differences=...)` has seen besides the samples is used; else the critic runs again.

        Arguments:
            observed: from `observe(critic, real=...)`.
            weight: as in `r1`.
            sigma: the standard deviation of the noise, in units of the data; 0.01, or that of the observed differences, if not
                given. In bfloat16 the difference of logits is mostly rounding: compute the critic's head in float32.
            divide: whether the difference is divided by sigma.
            fraction: of n samples the first max(round(n * fraction), 1), with the first of the weights and the noise. The
                critic runs on these and on their points in one batch, so that it may draw no random numbers.
            noise: standard normal numbers in the shape of the input, drawn if not given.
            rng: as in `wgan_gp`.
            sample_weight: as in `r1`.
            reduction: as in `r1`.

        Raises TypeError and ValueError as `wgan_gp` does, ValueError for a sigma that is not positive and for a critic that
        draws numbers where it must not, TypeError for another sigma or fraction than those of the observed differences.

        Lin et al. 2025, arXiv:2501.08316 (without the division); with it as in guandeh17/Self-Forcing.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], real=torch.zeros((4, 1)))
        >>> gan.approximate_r1(seen, 1.0, sigma=0.5, noise=torch.ones((4, 1))).item()
        4.5
        """
        return self._charges.of_steps("real", observed, sigma, divide, fraction, noise, rng, weight, sample_weight, reduction)

    def approximate_r2(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        sigma: float | None = None,
        divide: bool = True,
        fraction: float = 1.0,
        noise: Any = None,
        rng: Any = None,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """R2 by finite differences: `approximate_r1` on fakes. Lin et al. 2025, arXiv:2506.09350.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], fake=torch.zeros((4, 1)))
        >>> gan.approximate_r2(seen, 1.0, sigma=0.5, noise=torch.ones((4, 1))).item()
        4.5
        """
        return self._charges.of_steps("fake", observed, sigma, divide, fraction, noise, rng, weight, sample_weight, reduction)
