"""Ratios of densities and bounds on mutual information: joint pairs are real, and pairs of what was shuffled are fake.

The logit of a best critic is the log of the ratio of the two densities, or that and a constant. `nwj` is the f-GAN of the
Kullback-Leibler divergence, `donsker_varadhan` has a module with the losses that read a whole batch.
"""

from __future__ import annotations

import math

from ganloss_core.catalogue.logistic import logistic
from ganloss_core.spec.loss import BatchLoss, Loss, mean_of_row
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


@register
def bnre(ops: Ops[A], *, strength: float = 100.0) -> BatchLoss[A]:
    """Balanced neural ratio estimation: the logistic loss, and both means of the classifier to sum to 1.

    D: E softplus(-r) + E softplus(f) + strength (E sigmoid(r) + E sigmoid(f) - 1)^2; G: sides swapped.

    Delaunoy et al. 2022, arXiv:2208.13624, section 3.
    """
    if strength < 0.0:
        raise ValueError(f"bnre: strength must be at least 0, got {strength}")
    one = logistic(ops)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        # sigmoid(r) - 1 without its digits lost.
        excess = E.fake(ops.sigmoid(f)) - E.real(ops.sigmoid(-r))
        return Sides(one.real(r), one.fake(f), batch=strength * ops.square(excess))

    return BatchLoss(discriminator=discriminator)


@register
def tuba(ops: Ops[A], *, log_baseline: float = 0.0) -> Loss[A]:
    """A bound on mutual information with a baseline; at `log_baseline=1.0` it is NWJ's, `fgan_kl`.

    D: -1 - E (r - a) + E e^(f - a), a = log_baseline; G: -E e^(f - a).

    Poole et al. 2019, arXiv:1905.06922, section 2.
    """
    return Loss(
        real=lambda t: log_baseline - t,
        fake=lambda t: ops.exp(t - log_baseline) - 1.0,
        generator=lambda t: -ops.exp(t - log_baseline),
        constant=1.0,
    )


@register(aliases=("infonce", "nre_contrastive"))
def nre_b(ops: Ops[A]) -> BatchLoss[A]:
    """The joint pair of each row as the answer of a softmax over it and the row's K others: contrastive ratio estimation.

    D: E_i softplus(log sum_k e^f_ik - r_i); G: minus that. Reals have shape (batch, ..., 1) and fakes (batch, ..., K): each row
    is compared with its own. InfoNCE's bound is log(K + 1) minus D's loss.

    Durkan et al. 2020, arXiv:2002.03712, as in sbi-dev/sbi; van den Oord et al. 2018, arXiv:1807.03748, equation 4.
    """

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(pair=mean_of_row(ops.softplus(E.log_sum_exp(-E.each(r, f))), E))

    return BatchLoss(discriminator=discriminator, generator="saturating", paired="always", sample="row")


@register
def nre_c(ops: Ops[A], *, gamma: float = 1.0) -> BatchLoss[A]:
    """`nre_b` with one more answer, that none of the row is joint, so that the critic's level is the log-ratio's own.

    D: E_i (h(log(g / K) + log sum_k e^f_ik) + g h(log(K / g + sum_(k < K) e^f_ik) - r_i)) / (1 + g), h = softplus, g = gamma,
    the odds of a joint pair; G: minus that. Reals have shape (batch, ..., 1) and fakes (batch, ..., K). A row without a joint
    pair has its K fakes, and one with it K - 1 of them: sbi draws both kinds of rows apart.

    Miller et al. 2022, arXiv:2210.06170, as in sbi-dev/sbi.
    """
    if gamma <= 0.0:
        raise ValueError(f"nre_c: gamma must be positive, got {gamma}")
    of_marginal, of_joint = 1.0 / (1.0 + gamma), gamma / (1.0 + gamma)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        k = E.classes(f)
        none_is_joint = math.log(k) - math.log(gamma)
        marginal = ops.softplus(E.log_sum_exp(f) - none_is_joint)
        others = E.log_sum_exp(E.without(-E.each(r, f), k - 1))
        joint = mean_of_row(ops.softplus(E.log_add_exp(none_is_joint - r, others)), E)
        return Sides(pair=of_marginal * marginal + of_joint * joint)

    return BatchLoss(discriminator=discriminator, generator="saturating", paired="always", sample="row")


@register
def smile(ops: Ops[A], *, tau: float = 5.0) -> BatchLoss[A]:
    """An estimate of mutual information with little variance: the value of one bound, the gradient of another.

    D: -E r + log E e^clip(f, -tau, tau) in value; E softplus(-r) + E softplus(f) in gradient; G: minus the part of the fakes.

    Song & Ermon 2020, arXiv:1910.06222, section 4, as in ermongroup/smile-mi-estimator.
    """
    if tau <= 0.0:
        raise ValueError(f"smile: tau must be positive, got {tau}")

    def of_fakes(f: A, E: E[A]) -> tuple[A, A]:
        inside = ops.step(tau - ops.abs(f))
        clipped = inside * f + (1.0 - inside) * (tau * ops.sign(f))
        js = ops.softplus(f)
        return js, E.hold(E.fake.log_mean_exp(clipped) - E.fake(js))

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        js = ops.softplus(-r)
        fake, batch = of_fakes(f, E)
        return Sides(real=js + E.hold(-r - js), fake=fake, batch=batch)

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        fake, batch = of_fakes(f, E)
        return Sides(fake=-fake, batch=-batch)

    return BatchLoss(discriminator=discriminator, generator=generator, constant=1.0)
