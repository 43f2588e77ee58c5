"""The functions that users call with what `observe` saw."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from ganloss_core.engine.backend import named_as_called
from ganloss_core.engine.side import Reduction
from ganloss_core.terms import gradient_penalty as data
from ganloss_core.terms.differences import Differences
from ganloss_core.terms.observe import Observation
from ganloss_core.words.ops import A

OnePlace = Literal["between", "real", "fake"]


@named_as_called
class Penalties(Differences[A]):
    """The functions that users call, for the library of a `Calculus`."""

    def r1(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """The zero-centred gradient penalty on reals: weight / 2 times the mean of |g|^2.

        g is the gradient of each sample's outputs, summed, by that sample, its norm over everything of the sample.

        Arguments:
            observed: from `observe(critic, real=...)`.
            weight: a factor, a number; or one for each sample, an array: then the mean is that of their products.
            fraction: of n samples the first max(round(n * fraction), 1) are penalised, with the first of the weights, mix or
                noise, by a further pass of the critic on these alone. On several devices each has the first of its own.
            sample_weight: one number for each sample, or bools, an array of shape (n,), as `real_weight` of a loss: the mean is
                the sum of products over the sum of these. A bool is slicing: what is False has no part.
            reduction: "mean"; "sum", without the division; or "none", each sample's own, of shape (n,), times its weights.

        Raises TypeError if reals were not observed, ValueError if the critic ignores its input, for weights of another shape,
        and for a fraction that is not in (0, 1].

        Mescheder et al. 2018, arXiv:1801.04406, equation 9.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)))
        >>> gan.r1(seen, 10.0).item()
        60.0
        """
        return self._charges.at(data.r1, observed, None, None, fraction, weight, sample_weight, reduction)

    def r2(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """The zero-centred gradient penalty on fakes: weight / 2 times the mean of |g|^2.

        As `r1`; `observed` comes from `observe(critic, fake=...)`.

        Mescheder et al. 2018, arXiv:1801.04406, equation 10.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), fake=torch.ones((4, 3)))
        >>> gan.r2(seen, 10.0).item()
        60.0
        """
        return self._charges.at(data.r2, observed, None, None, fraction, weight, sample_weight, reduction)

    def zero_centered(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        at: OnePlace = "between",
        mix: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """The zero-centred gradient penalty between reals and fakes: weight times the mean of |g|^2, without 1/2.

        `mix`, `rng` and errors as in `wgan_gp`, `fraction`, `sample_weight` and `reduction` as in `r1`.

        Thanh-Tung et al. 2019, arXiv:1902.03984, as in htt210/GeneralizationAndStabilityInGANs.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.zero_centered(seen, 10.0, mix=torch.ones(4)).item()
        120.0
        """
        return self._charges.at(
            partial(data.zero_centered, at=at), observed, mix, rng, fraction, weight, sample_weight, reduction
        )

    def wgan_gp(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        target: float = 1.0,
        one_sided: bool = False,
        at: OnePlace = "between",
        mix: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """WGAN-GP: weight times the mean of (|g| - target)^2, or of relu(|g| - target)^2 if `one_sided`.

        g is taken at mix * real + (1 - mix) * fake, where the critic runs once more.

        Arguments:
            observed: from `observe(critic, real=..., fake=...)`, of equal shapes; the critic gets the reals' further arguments.
            weight: as in `r1`; the paper's is 10.
            target: the norm that costs nothing.
            at: "between", or at the "real" or the "fake" samples, where the critic need not run again.
            mix: one number in [0, 1] for each sample, an array; drawn uniformly if not given.
            rng: what to draw with: a `torch.Generator` (else PyTorch's own is used), or a JAX key, which JAX needs.
            fraction: as in `r1`.
            sample_weight: as in `r1`.
            reduction: as in `r1`.

        Raises TypeError if a side was not observed, for both mix and rng, or in JAX for neither; ValueError for sides of
        different shapes, mix of another shape, and a critic that ignores its input.

        Gulrajani et al. 2017, arXiv:1704.00028, equation 3.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.wgan_gp(seen, 10.0, mix=torch.ones(4)).item()
        40.0
        """
        build = partial(data.wgan_gp, target=target, one_sided=one_sided, at=at)
        return self._charges.at(build, observed, mix, rng, fraction, weight, sample_weight, reduction)

    def wgan_lp(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        at: OnePlace = "between",
        mix: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """WGAN-LP: weight times the mean of relu(|g| - 1)^2, between reals and fakes: `wgan_gp(..., one_sided=True)`.

        Petzka et al. 2018, arXiv:1709.08894, as in ZhimingZhou/LGANs-for-reproduce.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 0.5 * x[:, 0], real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.wgan_lp(seen, 10.0, mix=torch.ones(4)).item()
        0.0
        """
        return self._charges.at(partial(data.wgan_lp, at=at), observed, mix, rng, fraction, weight, sample_weight, reduction)

    def wgan_div(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        power: int = 6,
        at: Literal["between", "ends", "real", "fake"] = "between",
        mix: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """WGAN-div: weight times the mean of |g|^power, between reals and fakes, or at the ends, the mean of both sides.

        The paper has weight 2 and power 6. `mix`, `rng` and errors as in `wgan_gp`, `fraction`, `sample_weight` and
        `reduction` as in `r1`.

        Wu et al. 2018, arXiv:1712.01026, as in musikisomorphie/wgan-div; the ends as in eriklindernoren/PyTorch-GAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 2.0 * x[:, 0], real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.wgan_div(seen, 2.0, mix=torch.ones(4)).item()
        128.0
        """
        build = partial(data.wgan_div, power=power, at=at)
        return self._charges.at(build, observed, mix, rng, fraction, weight, sample_weight, reduction)

    def dragan(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        target: float = 1.0,
        one_sided: bool = False,
        noise: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """DRAGAN: weight times the mean of (|g| - target)^2 around reals, at real + noise.

        `noise` has the shape of the reals; if not given it is drawn as in the authors' code: 0.5 std(real) times a uniform
        number in [0, 1) for each element, times one for each sample; std is over the whole batch. `rng` and errors as in
        `wgan_gp`, `fraction`, `sample_weight` and `reduction` as in `r1`.

        Kodali et al. 2017, arXiv:1705.07215, as in kodalinaveen3/DRAGAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], real=torch.ones((4, 3)))
        >>> gan.dragan(seen, 10.0, noise=torch.zeros((4, 3))).item()
        40.0
        """
        build = partial(data.dragan, target=target, one_sided=one_sided)
        return self._charges.at(build, observed, noise, rng, fraction, weight, sample_weight, reduction)

    def max_gp(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        mix: Any = None,
        rng: Any = None,
        fraction: float = 1.0,
        sample_weight: Any = None,
    ) -> A:
        """The largest squared norm of a batch, times weight, between reals and fakes; equal largest ones share the gradient.

        `mix`, `rng` and errors as in `wgan_gp`. A sample whose `sample_weight` is 0 or False is not the largest.

        Zhou et al. 2019, arXiv:1902.05687, as in POSTECH-CVLab/PyTorch-StudioGAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.max_gp(seen, 1.0, mix=torch.asarray([0.0, 0.5, 1.0, 0.0])).item()
        12.0
        """
        return self._charges.at(data.max_gp, observed, mix, rng, fraction, weight, sample_weight, "mean")

    def gan_qp(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        distance: Literal["l1", "l2"] = "l1",
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """GAN-QP: weight / 2 times the mean of (D(real) - D(fake))^2 / d(real, fake), of pairs, to be added to `wasserstein`.

        d is the mean of a pair's |real - fake| over all of a sample, "l1", or the root of the mean of its square, "l2"; the
        square is the mean over all logits. With the paper's lambda, weight is 1 / lambda, and its code has lambda 10. G's loss
        is that of `wasserstein`, but for the reals' term, which G does not change. `sample_weight` and `reduction` as in `r1`.

        Raises TypeError if a side was not observed, ValueError for sides of different shapes. Equal samples are 0 / 0: NaN.

        Su 2018, arXiv:1811.07296, as in bojone/gan-qp.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], real=torch.ones((4, 2)), fake=torch.zeros((4, 2)))
        >>> gan.gan_qp(seen, 0.5).item()
        2.25
        """
        return self._charges.of_pairs(observed, distance, weight, sample_weight, reduction)
