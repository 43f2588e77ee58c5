"""Relativistic losses: every coupling with every pointwise loss, so that a logit counts only against the other side's.

Least squares uses the labels 1 and -1. G's loss is D's with the sides swapped. Nothing is detached. There is no factor: the
paper has a 2 before paired and all pairs, which its code applies to D alone in one and to both players in the other.

Jolicoeur-Martineau 2018, arXiv:1807.00734 (paired, average); 2019, arXiv:1901.02474 (all four).
"""

from __future__ import annotations

from ganloss_core.spec.loss import BatchLoss, Coupling, Loss, all_pairs, average, centered, paired
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.words.ops import A, Ops


def _logistic(ops: Ops[A], coupling: Coupling) -> Loss[A]:
    return Loss(real=lambda t: ops.softplus(-t), fake=ops.softplus, coupling=coupling)


def _lsgan(ops: Ops[A], coupling: Coupling) -> Loss[A]:
    def pairs_mean(r: A, f: A, E: E[A]) -> A:
        # With u = r - a, v = f - b and d = a - b - 1, for any a and b:
        # E_ij (r_i - f_j - 1)^2 = E u^2 + E v^2 + d^2 + 2 d (E u - E v) - 2 E u E v
        # Nothing holds the logits' common level, which may grow far beyond their differences: without it, nothing cancels.
        a, b = E.hold(E.real(r)), E.hold(E.fake(f))
        u, v, d = r - a, f - b, a - b - 1.0
        mean_u, mean_v = E.real(u), E.fake(v)
        return E.real(ops.square(u)) + E.fake(ops.square(v)) + d * (d + 2.0 * (mean_u - mean_v)) - 2.0 * mean_u * mean_v

    return Loss(
        real=lambda t: ops.square(t - 1.0),
        fake=lambda t: ops.square(t + 1.0),
        coupling=coupling,
        pairs_mean=pairs_mean if coupling is all_pairs else None,
    )


def _hinge(ops: Ops[A], coupling: Coupling, margin: float) -> Loss[A]:
    if margin <= 0.0:
        raise ValueError(f"relativistic hinge: margin must be positive, got {margin}")

    def pairs_mean(r: A, f: A, E: E[A]) -> A:
        # A pair counts where f_j > r_i - margin. Given the share of active pairs of each element, the sum over pairs falls
        # apart into one sum per side; both shares compare the same rounded numbers, or a pair could count on one side only.
        edge = r - margin
        share_of_fakes, share_of_reals = E.fake.below(-f, -edge), E.real.below(edge, f)
        # The shares sum to the same on both sides, so that the logits' common level drops out. Without that of the active reals
        # nothing cancels: two of them are no further apart than one of the pairs that they are in counts.
        level = E.hold(E.real.given(r, E.less(-share_of_fakes, 0.0)))
        # No comparison sees a NaN: these are NaN where r or f is, else 0, and take it to the gradients through the shares.
        nan_r, nan_f = (E.hold(ops.relu(-ops.abs(x))) for x in (r, f))
        share_of_fakes, share_of_reals = share_of_fakes + nan_r + E.fake(nan_f), share_of_reals + nan_f + E.real(nan_r)
        return E.real(share_of_fakes * (0.5 * margin - (r - level))) + E.fake(share_of_reals * (0.5 * margin + (f - level)))

    return Loss(
        real=lambda t: ops.relu(margin - t),
        fake=lambda t: ops.relu(margin + t),
        coupling=coupling,
        pairs_mean=pairs_mean if coupling is all_pairs else None,
    )


@register(aliases=("rpgan", "rsgan", "rpsgan", "bradley_terry"))
def relativistic_paired_logistic(ops: Ops[A]) -> Loss[A]:
    """A real logit minus the fake one of its pair, read as log-odds: the loss of R3GAN.

    D: E softplus(-(r_i - f_i)); G: E softplus(-(f_i - r_i)).

    arXiv:1901.02474, theorem 3.1 (Rp); arXiv:2501.05441, section 2.2, as its code has it.
    """
    return _logistic(ops, paired)


@register(aliases=("rplsgan",))
def relativistic_paired_lsgan(ops: Ops[A]) -> Loss[A]:
    """A real logit minus the fake one of its pair, by the squared distance from 1.

    D: E (r_i - f_i - 1)^2; G: E (f_i - r_i - 1)^2.

    arXiv:1901.02474, theorem 3.1 (Rp).
    """
    return _lsgan(ops, paired)


@register(aliases=("rphinge",))
def relativistic_paired_hinge(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """How far a real logit is above the fake one of its pair, up to a margin.

    D: E relu(margin - (r_i - f_i)); G: E relu(margin - (f_i - r_i)).

    arXiv:1901.02474, theorem 3.1 (Rp).
    """
    return _hinge(ops, paired, margin)


@register(aliases=("rasgan", "ragan"))
def relativistic_average_logistic(ops: Ops[A]) -> Loss[A]:
    """Each logit minus the other side's mean, read as log-odds.

    D: E softplus(-(r - E f)) + E softplus(f - E r); G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Ra).
    """
    return _logistic(ops, average)


@register(aliases=("ralsgan",))
def relativistic_average_lsgan(ops: Ops[A]) -> Loss[A]:
    """Each logit minus the other side's mean, by the squared distance from 1 or -1.

    D: E (r - E f - 1)^2 + E (f - E r + 1)^2; G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Ra).
    """
    return _lsgan(ops, average)


@register(aliases=("rahinge", "rahingegan"))
def relativistic_average_hinge(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """How far each logit is from the other side's mean, up to a margin.

    D: E relu(margin - (r - E f)) + E relu(margin + (f - E r)); G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Ra).
    """
    return _hinge(ops, average, margin)


@register(aliases=("rcgan", "rcsgan"))
def relativistic_centered_logistic(ops: Ops[A]) -> Loss[A]:
    """Each logit minus the mean of both sides' means, read as log-odds.

    D: E softplus(-(r - c)) + E softplus(f - c), c = (E r + E f) / 2; G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Rc).
    """
    return _logistic(ops, centered)


@register(aliases=("rclsgan",))
def relativistic_centered_lsgan(ops: Ops[A]) -> Loss[A]:
    """Each logit minus the mean of both sides' means, by the squared distance from 1 or -1.

    D: E (r - c - 1)^2 + E (f - c + 1)^2, c = (E r + E f) / 2; G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Rc).
    """
    return _lsgan(ops, centered)


@register(aliases=("rchinge",))
def relativistic_centered_hinge(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """How far each logit is from the mean of both sides' means, up to a margin.

    D: E relu(margin - (r - c)) + E relu(margin + (f - c)), c = (E r + E f) / 2; G: sides swapped.

    arXiv:1901.02474, theorem 3.1 (Rc).
    """
    return _hinge(ops, centered, margin)


@register(aliases=("rpgan_mvue", "rpsgan_mvue"))
def relativistic_all_pairs_logistic(ops: Ops[A]) -> Loss[A]:
    """Every real logit minus every fake one, read as log-odds; large batches are computed in slices.

    D: E_ij softplus(-(r_i - f_j)); G: E_ij softplus(-(f_j - r_i)).

    arXiv:1901.02474, corollary 4.1.
    """
    return _logistic(ops, all_pairs)


@register(aliases=("rplsgan_mvue",))
def relativistic_all_pairs_lsgan(ops: Ops[A]) -> Loss[A]:
    """Every real logit minus every fake one, by the squared distance from 1; it takes linear time in the batch.

    D: E_ij (r_i - f_j - 1)^2; G: E_ij (f_j - r_i - 1)^2.

    arXiv:1901.02474, corollary 4.1.
    """
    return _lsgan(ops, all_pairs)


@register(aliases=("rphinge_mvue",))
def relativistic_all_pairs_hinge(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """How far every real logit is above every fake one, up to a margin; it takes n log n time in the batch.

    D: E_ij relu(margin - (r_i - f_j)); G: E_ij relu(margin - (f_j - r_i)).

    arXiv:1901.02474, corollary 4.1.
    """
    return _hinge(ops, all_pairs, margin)


def variance_of_mean(ops: Ops[A], x: A, side: Side[A]) -> A:
    """The unbiased variance over n, for an integer weight too."""
    variance: A = side(ops.square(x - side(x))) / (side.total(x) - 1.0)
    return variance


def _unbiased(ops: Ops[A], coupling: Coupling, variances: float) -> BatchLoss[A]:
    loss = _lsgan(ops, coupling)
    of_batch = coupling(real=loss.real, fake=loss.fake)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        bias = variance_of_mean(ops, r, E.real) + variance_of_mean(ops, f, E.fake)
        return of_batch(r, f, E)._replace(batch=variances * bias)

    return BatchLoss(discriminator=discriminator, least=2, constant=1.0)


@register(aliases=("ralsgan_unbiased",))
def relativistic_average_lsgan_unbiased(ops: Ops[A]) -> BatchLoss[A]:
    """`relativistic_average_lsgan` without the bias that the means of a finite batch bring.

    D: E (r - E f - 1)^2 + E (f - E r + 1)^2 - v, v = var(r) / n + var(f) / m, the unbiased variances of n reals and m fakes;
    G: sides swapped. The paper's code leaves var(r) out of G's, which its gradient does not reach.

    arXiv:1901.02474, section 4, as in AlexiaJM/relativistic-f-divergences.
    """
    return _unbiased(ops, average, -1.0)


@register(aliases=("rclsgan_unbiased",))
def relativistic_centered_lsgan_unbiased(ops: Ops[A]) -> BatchLoss[A]:
    """`relativistic_centered_lsgan` without the bias that the means of a finite batch bring.

    D: E (r - c - 1)^2 + E (f - c + 1)^2 + v / 2, v = var(r) / n + var(f) / m, the unbiased variances of n reals and m fakes;
    G: sides swapped. The paper's code leaves var(r) out of G's, which its gradient does not reach.

    arXiv:1901.02474, section 4, as in AlexiaJM/relativistic-f-divergences.
    """
    return _unbiased(ops, centered, 0.5)
