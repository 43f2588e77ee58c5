"""The functions that users call with what `observe` saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, Never

from ganloss_core.engine.backend import named_as_called
from ganloss_core.engine.devices import devices_in
from ganloss_core.engine.side import Reduction
from ganloss_core.terms import gradient_penalty as data
from ganloss_core.terms.calculus import Critic
from ganloss_core.terms.differences import Differences
from ganloss_core.terms.observe import Observation, Outputs, SideName, observed
from ganloss_core.words.ops import A

Arguments = Sequence[Any] | Mapping[str, Any]
OnePlace = Literal["between", "real", "fake"]


@named_as_called
class Penalties(Differences[A]):
    """The functions that users call, for the library of a `Calculus`."""

    def observe(
        self,
        critic: Critic,
        *by_keyword: Never,
        real: Any = None,
        fake: Any = None,
        real_args: Arguments = (),
        fake_args: Arguments = (),
        joint: bool = False,
        outputs: Outputs = "sum",
        first: SideName = "real",
        anchor: bool | None = None,
        **devices: Any,
    ) -> Observation[A]:
        """Run a critic once on each side, for a loss and its penalties together.

        `loss.discriminator(seen.real, seen.fake) + r1(seen, 10.0) + r2(seen, 10.0)` has two forwards in all. Gradients by the
        input are computed when a penalty asks for them, once.

        Arguments:
            critic: a function or module `(x, *args) -> logits`, or `-> (logits, features)`; logits are an array with samples
                along the first axis, or a list or dict of such. In JAX a pure function, with its parameters closed over.
            real: reals, a floating-point array with samples along the first axis; or a list, tuple or dict of such, such as an
                image at two resolutions: the critic gets the structure, and the norm is over all of it.
            fake: fakes likewise; in PyTorch, in D's step, detached.
            real_args: what the critic takes besides the reals, such as their labels: a sequence, or a dict by name.
            fake_args: the same for fakes. At points between and around the critic gets the reals'.
            joint: run the critic on both sides in one batch, which changes what it computes from a batch, as BatchNorm does.
            outputs: the gradient is that of the "sum" of a sample's outputs (patches, heads), or of their "mean".
            first: the side on which the critic runs first, for one that draws random numbers or keeps something.
            anchor: whether a penalty gives every parameter a gradient, if only 0, also those that it does not depend on, such
                as the last bias. None: where `torch.distributed` is initialised, since DDP waits for all of them. Where a
                penalty is a step of its own, Adam counts a step with zeros, and skips one without gradient.
            group: in PyTorch, the devices whose samples are one batch: a `ProcessGroup`, a `DeviceMesh` of one dimension, or
                "world". A penalty is then that of all samples, also where batches are uneven, on every device, and the mean
                of the devices' parameter gradients is its gradient. A device may have no samples if the critic takes none.
            axis_name: the same in JAX, the name, or a tuple of names, of axes of `shard_map`, `pmap` or `vmap`.

        In PyTorch these forwards update what a module keeps (running means), the further passes of a penalty do not. Penalties
        use double backward; in a step for `torch.compile`, and under `torch.func`, the same call goes through `torch.func.vjp`,
        in one graph: compile the step, not the critic. There a critic must not update buffers, as BatchNorm in training does.
        In JAX what is returned belongs to one trace: make and use it inside the function that is differentiated.

        Raises TypeError for no side, an input that is not floating point, and arguments without their side; ValueError for
        shapes that do not fit, and for logits that are not one or more for each sample; RuntimeError under `torch.no_grad()`.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> loss = gan.GANLoss("hinge")
        >>> (loss.discriminator(seen.real, seen.fake) + gan.r1(seen, 1.0)).item()
        7.0
        """
        if by_keyword:
            raise TypeError("gan.observe takes reals and fakes by keyword: gan.observe(critic, real=..., fake=...)")
        several = devices_in(self._calculus.backend, "observe", devices)
        return observed(self._calculus, critic, real, fake, real_args, fake_args, joint, outputs, first, anchor, several)

    def r1(self, observed: Observation[A], weight: Any, *, sample_weight: Any = None, reduction: Reduction = "mean") -> A:
        """The zero-centred gradient penalty on reals: weight / 2 times the mean of |g|^2.

        g is the gradient of each sample's outputs, summed, by that sample, its norm over everything of the sample.

        Arguments:
            observed: from `observe(critic, real=...)`.
            weight: a factor, a number; or one for each sample, an array: then the mean is that of their products.
            sample_weight: one number for each sample, or bools, an array of shape (n,), as `real_weight` of a loss: the mean is
                the sum of products over the sum of these. A bool is slicing: what is False has no part.
            reduction: "mean"; "sum", without the division; or "none", each sample's own, of shape (n,), times its weights.

        Raises TypeError if reals were not observed, ValueError if the critic ignores its input, and for weights of another
        shape.

        Mescheder et al. 2018, arXiv:1801.04406, equation 9.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)))
        >>> gan.r1(seen, 10.0).item()
        60.0
        """
        return self._charges.at(data.r1, observed, None, None, weight, sample_weight, reduction)

    def r2(self, observed: Observation[A], weight: Any, *, sample_weight: Any = None, reduction: Reduction = "mean") -> A:
        """The zero-centred gradient penalty on fakes: weight / 2 times the mean of |g|^2.

        As `r1`; `observed` comes from `observe(critic, fake=...)`.

        Mescheder et al. 2018, arXiv:1801.04406, equation 10.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), fake=torch.ones((4, 3)))
        >>> gan.r2(seen, 10.0).item()
        60.0
        """
        return self._charges.at(data.r2, observed, None, None, weight, sample_weight, reduction)

    def zero_centered(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        at: OnePlace = "between",
        mix: Any = None,
        rng: Any = None,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """The zero-centred gradient penalty between reals and fakes: weight times the mean of |g|^2, without 1/2.

        `mix`, `rng` and errors as in `wgan_gp`, `sample_weight` and `reduction` as in `r1`.

        Thanh-Tung et al. 2019, arXiv:1902.03984, as in htt210/GeneralizationAndStabilityInGANs.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.zero_centered(seen, 10.0, mix=torch.ones(4)).item()
        120.0
        """
        return self._charges.at(partial(data.zero_centered, at=at), observed, mix, rng, weight, sample_weight, reduction)

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
        return self._charges.at(build, observed, mix, rng, weight, sample_weight, reduction)

    def wgan_lp(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        at: OnePlace = "between",
        mix: Any = None,
        rng: Any = None,
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
        return self._charges.at(partial(data.wgan_lp, at=at), observed, mix, rng, weight, sample_weight, reduction)

    def wgan_div(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        power: int = 6,
        at: Literal["between", "ends", "real", "fake"] = "between",
        mix: Any = None,
        rng: Any = None,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """WGAN-div: weight times the mean of |g|^power, between reals and fakes, or at the ends, the mean of both sides.

        The paper has weight 2 and power 6. `mix`, `rng` and errors as in `wgan_gp`, `sample_weight` and `reduction` as in `r1`.

        Wu et al. 2018, arXiv:1712.01026, as in musikisomorphie/wgan-div; the ends as in eriklindernoren/PyTorch-GAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 2.0 * x[:, 0], real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.wgan_div(seen, 2.0, mix=torch.ones(4)).item()
        128.0
        """
        build = partial(data.wgan_div, power=power, at=at)
        return self._charges.at(build, observed, mix, rng, weight, sample_weight, reduction)

    def dragan(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        target: float = 1.0,
        one_sided: bool = False,
        noise: Any = None,
        rng: Any = None,
        sample_weight: Any = None,
        reduction: Reduction = "mean",
    ) -> A:
        """DRAGAN: weight times the mean of (|g| - target)^2 around reals, at real + noise.

        `noise` has the shape of the reals; if not given it is drawn as in the authors' code: 0.5 std(real) times a uniform
        number in [0, 1) for each element, times one for each sample; std is over the whole batch. `rng` and errors as in
        `wgan_gp`, `sample_weight` and `reduction` as in `r1`.

        Kodali et al. 2017, arXiv:1705.07215, as in kodalinaveen3/DRAGAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: 3.0 * x[:, 0], real=torch.ones((4, 3)))
        >>> gan.dragan(seen, 10.0, noise=torch.zeros((4, 3))).item()
        40.0
        """
        build = partial(data.dragan, target=target, one_sided=one_sided)
        return self._charges.at(build, observed, noise, rng, weight, sample_weight, reduction)

    def max_gp(
        self, observed: Observation[A], weight: Any, *, mix: Any = None, rng: Any = None, sample_weight: Any = None
    ) -> A:
        """The largest squared norm of a batch, times weight, between reals and fakes; equal largest ones share the gradient.

        `mix`, `rng` and errors as in `wgan_gp`. A sample whose `sample_weight` is 0 or False is not the largest.

        Zhou et al. 2019, arXiv:1902.05687, as in POSTECH-CVLab/PyTorch-StudioGAN.

        >>> import torch, ganloss_torch as gan
        >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((4, 3)), fake=torch.zeros((4, 3)))
        >>> gan.max_gp(seen, 1.0, mix=torch.asarray([0.0, 0.5, 1.0, 0.0])).item()
        12.0
        """
        return self._charges.at(data.max_gp, observed, mix, rng, weight, sample_weight, "mean")
