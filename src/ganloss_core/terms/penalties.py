"""The functions that users call with what `observe` saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal

from ganloss_core.engine.side import equal, shape
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms import gradient_penalty as data
from ganloss_core.terms.gradient_penalty import Penalty
from ganloss_core.terms.observe import Calculus, Critic, Observation, Outputs, observed
from ganloss_core.terms.points import around, between
from ganloss_core.words.ops import A, Ops

Build = Callable[[Ops[Any]], Penalty[Any]]
SIDES: tuple[Literal["real"], Literal["fake"]] = ("real", "fake")
OnePlace = Literal["between", "real", "fake"]


class Penalties(Generic[A]):
    """The functions that users call, for the library of a `Calculus`."""

    def __init__(self, calculus: Calculus[A]) -> None:
        self._calculus = calculus

    def observe(
        self,
        critic: Critic,
        *,
        real: Any = None,
        fake: Any = None,
        real_args: Sequence[Any] = (),
        fake_args: Sequence[Any] = (),
        joint: bool = False,
        outputs: Outputs = "sum",
        anchor: bool | None = None,
    ) -> Observation[A]:
        """Run a critic once on each side, for a loss and its penalties together.

        `loss.discriminator(seen.real, seen.fake) + r1(seen, 10.0) + r2(seen, 10.0)` has two forwards in all. Gradients by the
        input are computed when a penalty asks for them, once.

        Arguments:
            critic: a function or module `(x, *args) -> logits`, or `-> (logits, features)`; logits are an array with samples
                along the first axis, or a list or dict of such. In JAX a pure function, with its parameters closed over.
            real: reals, a floating-point array with samples along the first axis.
            fake: fakes likewise; in PyTorch, in D's step, detached.
            real_args: what the critic takes besides the reals, such as their labels.
            fake_args: the same for fakes. At points between and around the critic gets the reals'.
            joint: run the critic on both sides in one batch, which changes what it computes from a batch, as BatchNorm does.
            outputs: the gradient is that of the "sum" of a sample's outputs (patches, heads), or of their "mean".
            anchor: whether a penalty gives every parameter a gradient, if only 0, also those that it does not depend on, such
                as the last bias. None does where `torch.distributed` is initialised, since DDP waits for all of them. Where a
                penalty is a step of its own, Adam counts a step with zeros, and skips one without gradient.

        In PyTorch these forwards update what a module keeps (running means), the further passes of a penalty do not. Penalties
        use double backward; in a step for `torch.compile`, and under `torch.func`, the same call goes through `torch.func.vjp`,
        in one graph: compile the step, not the critic. There a critic must not update buffers, as BatchNorm in training does.
        In JAX what is returned belongs to one trace: make and use it inside the function that is differentiated.

        Raises TypeError for no side, an input that is not floating point, and arguments without their side; ValueError for
        shapes that do not fit, and for logits that are not one or more for each sample; RuntimeError under `torch.no_grad()`.
        """
        return observed(self._calculus, critic, real, fake, real_args, fake_args, joint, outputs, anchor)

    def r1(self, observed: Observation[A], weight: Any) -> A:
        """The zero-centred gradient penalty on reals: weight / 2 times the mean of |g|^2.

        g is the gradient of each sample's outputs, summed, by that sample. `observed` comes from `observe(critic, real=...)`.
        Raises TypeError if reals were not observed, ValueError if the critic ignores its input.

        Mescheder et al. 2018, arXiv:1801.04406, equation 9.
        """
        return self._penalty(data.r1, observed, weight)

    def r2(self, observed: Observation[A], weight: Any) -> A:
        """The zero-centred gradient penalty on fakes: weight / 2 times the mean of |g|^2.

        As `r1`; `observed` comes from `observe(critic, fake=...)`.

        Mescheder et al. 2018, arXiv:1801.04406, equation 10.
        """
        return self._penalty(data.r2, observed, weight)

    def zero_centered(
        self, observed: Observation[A], weight: Any, *, at: OnePlace = "between", mix: Any = None, rng: Any = None
    ) -> A:
        """The zero-centred gradient penalty between reals and fakes: weight times the mean of |g|^2, without 1/2.

        `mix`, `rng` and errors as in `wgan_gp`.

        Thanh-Tung et al. 2019, arXiv:1902.03984, as in htt210/GeneralizationAndStabilityInGANs.
        """
        return self._penalty(lambda ops: data.zero_centered(ops, at=at), observed, weight, mix, rng)

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
    ) -> A:
        """WGAN-GP: weight times the mean of (|g| - target)^2, or of relu(|g| - target)^2 if `one_sided`.

        g is taken at mix * real + (1 - mix) * fake, where the critic runs once more.

        Arguments:
            observed: from `observe(critic, real=..., fake=...)`, of equal shapes; the critic gets the reals' further arguments.
            weight: a factor; the paper's is 10. An array with one for each sample weighs them: the mean of products.
            target: the norm that costs nothing.
            at: "between", or at the "real" or the "fake" samples, where the critic need not run again.
            mix: one number in [0, 1] for each sample, an array; drawn uniformly if not given.
            rng: what to draw with: a `torch.Generator` (else PyTorch's own is used), or a JAX key, which JAX needs.

        Raises TypeError if a side was not observed, for both mix and rng, or in JAX for neither; ValueError for sides of
        different shapes, mix of another shape, and a critic that ignores its input.

        Gulrajani et al. 2017, arXiv:1704.00028, equation 3.
        """
        return self._penalty(
            lambda ops: data.wgan_gp(ops, target=target, one_sided=one_sided, at=at), observed, weight, mix, rng
        )

    def wgan_lp(
        self, observed: Observation[A], weight: Any, *, at: OnePlace = "between", mix: Any = None, rng: Any = None
    ) -> A:
        """WGAN-LP: weight times the mean of relu(|g| - 1)^2, between reals and fakes: `wgan_gp(..., one_sided=True)`.

        Petzka et al. 2018, arXiv:1709.08894, as in ZhimingZhou/LGANs-for-reproduce.
        """
        return self._penalty(lambda ops: data.wgan_lp(ops, at=at), observed, weight, mix, rng)

    def wgan_div(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        power: int = 6,
        at: Literal["between", "ends", "real", "fake"] = "between",
        mix: Any = None,
        rng: Any = None,
    ) -> A:
        """WGAN-div: weight times the mean of |g|^power, between reals and fakes, or at the ends, the mean of both sides.

        The paper has weight 2 and power 6. `mix`, `rng` and errors as in `wgan_gp`.

        Wu et al. 2018, arXiv:1712.01026, as in musikisomorphie/wgan-div; the ends as in eriklindernoren/PyTorch-GAN.
        """
        return self._penalty(lambda ops: data.wgan_div(ops, power=power, at=at), observed, weight, mix, rng)

    def dragan(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        target: float = 1.0,
        one_sided: bool = False,
        noise: Any = None,
        rng: Any = None,
    ) -> A:
        """DRAGAN: weight times the mean of (|g| - target)^2 around reals, at real + noise.

        `noise` has the shape of the reals; if not given it is drawn as in the authors' code: 0.5 std(real) times a uniform
        number in [0, 1) for each element, times one for each sample; std is over the whole batch. `rng` and errors as in
        `wgan_gp`.

        Kodali et al. 2017, arXiv:1705.07215, as in kodalinaveen3/DRAGAN.
        """
        return self._penalty(lambda ops: data.dragan(ops, target=target, one_sided=one_sided), observed, weight, noise, rng)

    def max_gp(self, observed: Observation[A], weight: Any, *, mix: Any = None, rng: Any = None) -> A:
        """The largest squared norm of a batch, times weight, between reals and fakes; equal largest ones share the gradient.

        `mix`, `rng` and errors as in `wgan_gp`.

        Zhou et al. 2019, arXiv:1902.05687, as in POSTECH-CVLab/PyTorch-StudioGAN.
        """
        return self._penalty(data.max_gp, observed, weight, mix, rng)

    def approximate_r1(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        sigma: float = 0.01,
        divide: bool = True,
        noise: Any = None,
        rng: Any = None,
    ) -> A:
        """R1 by finite differences, for critics that cannot be differentiated twice.

        weight / 2 times the mean over all logits of ((D(real + sigma noise) - D(real)) / sigma)^2: an estimate of `r1` with
        the same weight, where a sample has one logit. With `divide=False` it is not divided by sigma^2, as in APT.

        Arguments:
            observed: from `observe(critic, real=...)`.
            weight: a factor, or one for each sample.
            sigma: the standard deviation of the noise, in units of the data. In bfloat16 the difference of logits is mostly
                rounding: compute the critic's head in float32.
            noise: standard normal numbers in the shape of the input, drawn if not given.
            rng: as in `wgan_gp`.

        Raises TypeError and ValueError as `wgan_gp` does, and ValueError for a sigma that is not positive.

        Lin et al. 2025, arXiv:2501.08316 (without the division); with it as in guandeh17/Self-Forcing.
        """
        return self._approximate("real", observed, weight, sigma, divide, noise, rng)

    def approximate_r2(
        self,
        observed: Observation[A],
        weight: Any,
        *,
        sigma: float = 0.01,
        divide: bool = True,
        noise: Any = None,
        rng: Any = None,
    ) -> A:
        """R2 by finite differences: `approximate_r1` on fakes. Lin et al. 2025, arXiv:2506.09350."""
        return self._approximate("fake", observed, weight, sigma, divide, noise, rng)

    def _penalty(self, build: Build, observed: Observation[A], weight: Any, drawn: Any = None, rng: Any = None) -> A:
        _check(observed)
        penalty: Penalty[A] = build(self._calculus.backend.ops)
        if penalty.at == "between":
            charged = self._charged(penalty, weight, *observed.at(between(self._calculus, observed, drawn, rng)), observed)
        elif penalty.at == "around":
            charged = self._charged(penalty, weight, *observed.at(around(self._calculus, observed, drawn, rng)), observed)
        elif drawn is not None or rng is not None:
            raise TypeError(f"a penalty at {penalty.at!r} draws nothing: give neither mix nor rng")
        elif penalty.at == "ends":
            on_real, on_fake = (self._on(penalty, weight, observed, side) for side in SIDES)
            charged = 0.5 * (on_real + on_fake)
        else:
            charged = self._on(penalty, weight, observed, penalty.at)
        return charged

    def _on(self, penalty: Penalty[A], weight: Any, observed: Observation[A], side: Literal["real", "fake"]) -> A:
        return self._charged(penalty, weight, observed.gradient(side), observed.number(side), observed)

    def _charged(self, penalty: Penalty[A], weight: Any, gradient: A, number: A, observed: Observation[A]) -> A:
        """weight times what is charged; with one weight for each sample, the mean of their products."""
        backend, n = self._calculus.backend, shape(gradient)[0]
        flat = gradient if len(shape(gradient)) == 2 else backend.reshape(gradient, (n, -1))
        charges = penalty.charge(backend.sum(backend.ops.square(flat), 1))
        if _is_of_each(weight, n, penalty.over == "mean"):
            charges, weight = backend.like(weight, charges) * charges, 1.0
        if penalty.over == "mean":
            charged = backend.mean(charges)
        else:
            largest = equal(backend, charges, backend.max(charges))
            charged = backend.sum(largest * charges) / backend.sum(largest)
        factor = weight if penalty.factor == 1.0 else weight * penalty.factor
        return observed.anchored(factor * charged, number)

    def _approximate(
        self, side: str, observed: Observation[A], weight: Any, sigma: float, divide: bool, noise: Any, rng: Any
    ) -> A:
        _check(observed)
        if not real_number("sigma", sigma) > 0.0:
            raise ValueError(f"sigma must be positive, got {sigma}")
        x, backend = observed.points(side), self._calculus.backend
        noise = self._calculus.drawn("noise", noise, rng, shape(x), x, self._calculus.normal)
        pairs = list(zip(observed.logits_at(side, x + sigma * noise), observed.heads(side), strict=True))
        n, of_each = shape(x)[0], None
        squares: Any = 0.0
        if _is_of_each(weight, n):
            of_each, weight = weight, 1.0
        for there, here in pairs:
            square: Any = backend.ops.square((there - here) / sigma if divide else there - here)
            if of_each is not None:
                square = backend.reshape(backend.like(of_each, square), (n, *(1 for _ in shape(square)[1:]))) * square
            squares = squares + backend.mean(square)
        penalty: A = weight * (0.5 / len(pairs) * squares)
        return penalty


def _is_of_each(weight: Any, n: int, allowed: bool = True) -> bool:
    """Whether a weight has one number for each of n samples; ValueError for another shape than that or ()."""
    of = shape(weight) if hasattr(weight, "shape") else ()
    if of not in ((), (n,)) or (of and not allowed):
        wanted = f"a number, or one for each of the {n} samples, shape {(n,)}" if allowed else "a number"
        raise ValueError(f"a penalty's weight must be {wanted}; got shape {of}")
    return bool(of)


def _check(observed: Any) -> None:
    if not isinstance(observed, Observation):
        raise TypeError(
            "a penalty takes what observe(critic, real=..., fake=...) returns, so that the critic runs once for the loss and "
            f"for all penalties; got {type(observed).__name__}"
        )
