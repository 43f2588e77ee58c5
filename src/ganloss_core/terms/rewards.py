"""What a critic's logits are worth: a reward, a ratio of densities, the weight of a divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, NamedTuple

from ganloss_core.engine.backend import Backend, named_as_called
from ganloss_core.engine.functional import Found
from ganloss_core.engine.heads import CONTAINERS
from ganloss_core.engine.pointwise import as_data
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.arguments import real
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import game
from ganloss_core.spec.loss import Rule
from ganloss_core.terms.arrays import bounded
from ganloss_core.words.expression import NUMBERS, Expression, as_expression, compiled, derivative
from ganloss_core.words.ops import A, Ops, Term


class Known(NamedTuple):
    """What a loss's best critic knows."""

    ratio: Term[Any]
    """Of a logit: p_real / p_fake."""
    weight: Term[Any]
    """Of a ratio u: u^2 f''(u)."""


Repeated = Callable[[int, Callable[[Any], Any], Any], Any]
"""(n, step, x): step(step(... x)), n times."""


def _repeated(n: int, step: Callable[[Any], Any], x: Any) -> Any:
    for _ in range(n):
        x = step(x)
    return x


# The best logit is sought as the sinh of a number between -REACH and REACH: halving finds it to 1e-6, and each of a few steps
# of Newton's method doubles the digits.
REACH, HALVINGS, STEPS = 16.0, 24, 5


@named_as_called
class Rewards(Generic[A]):
    """The functions of logits that users call, for one backend."""

    def __init__(
        self,
        backend: Backend[A],
        generator_loss: Callable[..., Any],
        whole: Callable[[Term[A]], Term[A]] = lambda f: f,
        repeated: Repeated = _repeated,
    ) -> None:
        """`whole` makes one operation of a function of an array, and `repeated` one of a loop, where the library can."""
        self._backend, self._generator_loss = backend, generator_loss
        self.found: Found = Found(lambda settings, _: Known(*map(whole, _known(settings, backend, repeated))))

    def reward(
        self,
        loss: LossLike,
        logits: Any,
        *,
        generator: Rule | None = None,
        smallest: float | None = None,
        largest: float | None = None,
        **hyperparameters: Any,
    ) -> A:
        """What a policy is paid for each logit: minus G's loss of it, a constant for differentiation.

        With D's logits, high for the expert: GAIL's -log(1 - sigmoid(D)) is that of "logistic" with generator="saturating",
        AIRL's D that of generator="linear", and log sigmoid(D) that of "logistic" alone.

        Arguments:
            loss: as in `GANLoss`: a name, or a function of the words.
            logits: D's logits of the policy's samples, one array of any shape.
            generator: as in `GANLoss`, instead of the loss's own rule.
            smallest, largest: bounds of the reward, none if not given. IsaacGymEnvs' -log max(1 - sigmoid(D), 1e-4) has
                largest=-math.log(1e-4), acme's max_reward_magnitude is both.
            hyperparameters: the loss's own.

        Returns an array of the logits' shape, in float32 or wider.

        Raises as `GANLoss`; TypeError for several heads, ValueError for a loss that compares logits with those of reals.

        Ho and Ermon 2016, arXiv:1606.03476; Fu et al. 2018, arXiv:1710.11248; Peng et al. 2021, arXiv:2104.02180.

        >>> import torch, ganloss_torch as gan
        >>> logits = torch.asarray([-1.0, 0.0, 2.0])
        >>> gan.reward("logistic", logits, generator="linear", largest=1.0).tolist()
        [-1.0, 0.0, 1.0]
        """
        if isinstance(logits, CONTAINERS):
            raise TypeError(f"a reward is of one head's logits, got a {type(logits).__name__}: take their mean, or one")
        if "real" in hyperparameters:
            raise TypeError("a reward is of one logit alone: it takes no real")
        for name, bound in (("smallest", smallest), ("largest", largest)):
            if bound is not None:
                real(name, bound)
        if smallest is not None and largest is not None and smallest > largest:
            raise ValueError(f"smallest must not be above largest, got smallest={smallest}, largest={largest}")
        backend = self._backend
        try:
            each = self._generator_loss(loss, logits, generator=generator, reduction="none", **hyperparameters)
        except TypeError as error:
            raise _comparing(loss, generator, hyperparameters, backend.ops) or error from None
        of_fakes: Any = each.fake
        return bounded(backend, -backend.hold(of_fakes), smallest, largest)

    def density_ratio(self, loss: LossLike, logits: Any, **hyperparameters: Any) -> A:
        """p_real / p_fake as D's logits say it, were D the best critic for its loss: a constant for differentiation.

        -fake'(v) / real'(v) of the loss's terms at the logit v, where ratio real(v) + fake(v) is smallest: e^v for "logistic",
        v / (1 - v) for "lsgan". A logit that no best critic has, such as one beyond lsgan's labels, gives what the formula
        gives, below 0.

        Arguments:
            loss: what D is trained with, as in `GANLoss`: a term for each logit.
            logits: one array, of any shape.
            hyperparameters: the loss's own.

        Returns an array of the logits' shape, in float32 or wider.

        Raises as `GANLoss`; ValueError for a loss that is no term for each logit, and for one whose best critic does not know
        the ratio, such as "hinge" and "wgan".

        Nowozin et al. 2016, arXiv:1606.00709, section 3.2.

        >>> import torch, ganloss_torch as gan
        >>> gan.density_ratio("lsgan", torch.asarray([0.5, 0.75])).tolist()
        [1.0, 3.0]
        """
        backend, known = self._backend, self._known_of(loss, hyperparameters)
        ratio: A = known.ratio(backend.hold(backend.logits(logits, "the critic's logits")))
        return ratio

    def f_weight(self, divergence: LossLike, ratio: Any, **hyperparameters: Any) -> A:
        """f-distill's weight of each sample, u^2 f''(u) at the ratio u = p_real / p_fake: a constant for differentiation.

        f is that of the divergence E_fake f(u) that D's smallest loss measures. The weight is u for "fgan_kl", 1 for
        "fgan_reverse_kl", u / (1 + u) for "fgan_jensen_shannon" and "logistic". Where v is the best logit at u, it is
        (u real'(v))^2 / (u real''(v) + fake''(v)) of the loss's terms; v is sought between -4e6 and 4e6.

        Arguments:
            divergence: a loss, as in `GANLoss`, mostly one of f-GAN: a term for each logit, strictly convex in its best logit.
            ratio: p_real / p_fake of each sample, such as `density_ratio` of a critic with any loss; f-distill keeps log u in
                [-10, 10].
            hyperparameters: the loss's own.

        Returns an array of the ratio's shape, in float32 or wider; f-distill divides it by its mean over the batch. NaN where
        the ratio is not positive and finite, or the best logit is beyond what is sought.

        Raises as `density_ratio`.

        Xu et al. 2025, arXiv:2502.15681, as in NVlabs/FastGen.

        >>> import torch, ganloss_torch as gan
        >>> ratio = gan.density_ratio("logistic", torch.zeros(1))
        >>> gan.f_weight("fgan_jensen_shannon", ratio).item()
        0.5
        """
        backend, known = self._backend, self._known_of(divergence, hyperparameters)
        weight: A = known.weight(backend.hold(backend.logits(ratio, "the ratios")))
        return weight

    def _known_of(self, loss: LossLike, hyperparameters: dict[str, Any]) -> Known:
        found: Known = getattr(self.found, self.found.look_up("known", (loss, None, "mean", None, None, None), hyperparameters))
        return found


def _comparing(loss: LossLike, generator: Rule | None, hyperparameters: dict[str, Any], ops: Ops[Any]) -> Exception | None:
    """The error for a loss that needs reals."""
    with suppress(TypeError):
        settings = Settings.of(loss, generator, "none", None, hyperparameters)
        if game(settings.build(ops)).generator.needs_real:
            return ValueError(f"{settings.name} compares logits with those of reals: a reward is of one logit alone")
    return None


def _known(settings: Settings, backend: Backend[Any], repeated: Repeated) -> Known:
    found, ops = as_data(settings), backend.ops
    terms = None if found is None else found.terms
    if terms is None:
        raise ValueError(f"{settings.name} is not a term for each logit, in words and arithmetic: it has no ratio")
    first = [derivative(as_expression(term)) for term in terms]
    on_real, on_fake = (_function(e, NUMBERS) for e in first)
    low, high = (-on_fake(v) / on_real(v) for v in (0.2637, 0.7312))
    if not low < high * (1.0 - 1e-9):
        raise ValueError(f"{settings.name}: its best critic says which side is likelier, not by how much: take another loss")
    real, fake, real_second, fake_second = (_function(e, ops) for e in (*first, *map(derivative, first)))

    def logit(s: Any) -> Any:
        return 0.5 * (ops.expm1(s) - ops.expm1(-s))

    def slope(u: Any, v: Any) -> Any:
        return u * real(v) + fake(v)

    def curvature(u: Any, v: Any) -> Any:
        return u * real_second(v) + fake_second(v)

    def weight(u: Any) -> Any:
        def halved(bounds: Any) -> Any:
            low, high = bounds
            middle = 0.5 * (low + high)
            v = logit(middle)
            at = slope(u, v)
            # Where both overflow, the best logit is nearer to 0.
            rises = 1.0 - backend.less(backend.masked(backend.equal(at, at), at, v), 0.0)
            return backend.masked(rises, low, middle), backend.masked(rises, middle, high)

        low, high = repeated(HALVINGS, halved, (0.0 * u - REACH, 0.0 * u + REACH))
        inside = backend.less(low, REACH - 0.5) * backend.less(-low, REACH - 0.5)
        v = repeated(STEPS, lambda v: v - slope(u, v) / curvature(u, v), logit(0.5 * (low + high)))
        return backend.masked(inside, ops.square(u * real(v)) / curvature(u, v), math.nan)

    return Known(lambda v: -fake(v) / real(v), weight)


def _function(e: Any, ops: Ops[Any]) -> Term[Any]:
    if isinstance(e, Expression):
        return compiled(e, ops)
    return lambda x: e + 0.0 * x
