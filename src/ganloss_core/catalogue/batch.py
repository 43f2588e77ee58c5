"""Losses that read a batch as a whole: a logit counts by what the other logits are."""

from __future__ import annotations

from ganloss_core.catalogue.hinge import hinge
from ganloss_core.catalogue.logistic import logistic
from ganloss_core.spec.loss import BatchLoss, Loss, TwoSided
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops, Term


@register(aliases=("softmax",))
def softmax_gan(ops: Ops[A]) -> BatchLoss[A]:
    """One softmax over all logits of the batch: D's target is uniform over the reals, G's over everything.

    D: -E r + log S; G: minus the mean of all logits + log S; S = sum e^r + sum e^f. The paper's energies are minus our logits.

    Lin 2017, arXiv:1704.06191.
    """

    def log_s(r: A, f: A, E: E[A]) -> A:
        return E.log_add_exp(E.real.log_sum_exp(r), E.fake.log_sum_exp(f))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        n_real, n_fake = E.real.total(r), E.fake.total(f)
        n = n_real + n_fake
        return Sides(real=-(n_real / n) * r, fake=-(n_fake / n) * f, batch=log_s(r, f, E))

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(real=-r, batch=log_s(r, f, E)), generator=generator, generator_needs_real=True
    )


@register
def dual_contrastive(ops: Ops[A]) -> Loss[A]:
    """Each real logit against all fake ones, and each fake one against all real ones, as the answer of a softmax.

    D: E_i log(1 + sum_j e^(f_j - r_i)) + E_j log(1 + sum_i e^(f_j - r_i)); G: sides swapped, as in
    lucidrains/stylegan2-pytorch before August 2024; `generator="saturating"` is the min-max game.

    Yu et al. 2021, arXiv:2103.16748.
    """
    one = logistic(ops)
    return Loss(real=one.real, fake=one.fake, coupling=_contrastive)


@register
def contrastive(ops: Ops[A]) -> Loss[A]:
    """Each real logit against all fake ones as the answer of a softmax: the first half of `dual_contrastive`.

    D: E_i log(1 + sum_j e^(f_j - r_i)); G: sides swapped.

    Yu et al. 2021, arXiv:2103.16748, of whose two terms this is the first.
    """
    one = logistic(ops)
    return Loss(real=one.real, fake=one.fake, coupling=_contrastive_of_reals)


def _contrastive_of_reals(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    return lambda r, f, E: Sides(real=real(r - E.fake.log_sum_exp(f)))


def _contrastive(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    return lambda r, f, E: Sides(real(r - E.fake.log_sum_exp(f)), fake(f + E.real.log_sum_exp(-r)))


@register(aliases=("dv",))
def donsker_varadhan(ops: Ops[A]) -> BatchLoss[A]:
    """The Donsker-Varadhan bound on the Kullback-Leibler divergence of real from fake.

    D: -E r + log E e^f; G: -log E e^f, the part of the same game that it can change.

    Belghazi et al. 2018, arXiv:1801.04062, theorem 1.
    """
    return BatchLoss(
        discriminator=lambda r, f, E: Sides(real=-r, batch=E.fake.log_mean_exp(f)),
        generator=lambda r, f, E: Sides(batch=-E.fake.log_mean_exp(f)),
        constant=1.0,
    )


@register(aliases=("f_wgan", "kl_wasserstein"))
def kl_wgan(ops: Ops[A], *, temperature: float = 1.0) -> BatchLoss[A]:
    """KL-Wasserstein: the hinge, with each fake logit times its importance weight. Nothing is detached.

    D: E relu(1 - r) + E relu(1 + w f); G: -E (w f); w_j = e^(f_j / temperature) / E e^(f / temperature).

    Song & Ermon 2019, arXiv:1910.09779.
    """
    if temperature <= 0.0:
        raise ValueError(f"kl_wgan: temperature must be positive, got {temperature}")
    one = hinge(ops)

    def weighted(f: A, E: E[A]) -> A:
        return E.fake.softmax(f if temperature == 1.0 else f / temperature) * f

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(one.real(r), one.fake(weighted(f, E))),
        generator=lambda r, f, E: Sides(fake=-weighted(f, E)),
    )


@register
def tprls(ops: Ops[A], *, tau: float = 0.04) -> BatchLoss[A]:
    """Truncated pointwise relativistic least squares, which vocoders add to another loss.

    D: min(tau, L), L the mean of (d - m)^2 where d < m, d = r_i - f_i, m the lower median of d; G: with d = f_i - r_i.
    From tau on the gradient is 0; L is 0 where no d is less than m. The gradient passes through the median.

    Li & Wang 2022, doi:10.1145/3573834.3574506, as in yl4579/StyleTTS2.
    """
    if tau <= 0.0:
        raise ValueError(f"tprls: tau must be positive, got {tau}")

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        d = r - f
        m = E.real.median(d)
        return Sides(batch=tau - ops.relu(tau - E.real.given(ops.square(d - m), E.less(d, m))))

    return BatchLoss(discriminator=discriminator, paired="always", constant=tau)
