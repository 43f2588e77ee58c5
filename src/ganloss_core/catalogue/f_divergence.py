"""f-GAN and its relatives: variational bounds on divergences between the real and the fake distribution.

Every f-GAN loss is -g(r) for the real term and f*(g(f)) for the fake one, with the output activation g and the convex conjugate
f* of the divergence composed by hand where the composition is simpler. All activations increase: high is real. G's loss is the
paper's alternative, -g(f); `generator="saturating"` is the min-max game, -f*(g(f)).

Nowozin et al. 2016, arXiv:1606.00709, tables 1, 2 and 6, section 3.2.
"""

from __future__ import annotations

import math

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops, Term, log1p


@register(aliases=("fgan_kullback_leibler", "nwj"))
def fgan_kl(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the Kullback-Leibler divergence of real from fake.

    D: -E r + E e^(f - 1); G: -E f.

    arXiv:1606.00709, tables 2 and 6: g(v) = v, f*(t) = e^(t - 1).
    """
    return Loss(real=lambda t: -t, fake=lambda t: ops.exp(t - 1.0))


@register(aliases=("fgan_rkl",))
def fgan_reverse_kl(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the Kullback-Leibler divergence of fake from real.

    D: E e^-r + E f - 1; G: E e^-f.

    arXiv:1606.00709, tables 2 and 6, with the increasing activation: g(v) = -e^-v, f*(t) = -1 - log(-t).
    """
    return Loss(real=lambda t: ops.exp(-t), fake=lambda t: t - 1.0)


@register(aliases=("fgan_pearson_chi2",))
def fgan_pearson(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the Pearson chi-squared divergence.

    D: -E r + E (f^2 / 4 + f); G: -E f. The quadratic is the paper's; below f = -2 it rises again, where the conjugate proper
    would stay at -1.

    arXiv:1606.00709, tables 2 and 6: g(v) = v, f*(t) = t^2 / 4 + t.
    """
    return Loss(real=lambda t: -t, fake=lambda t: t * (0.25 * t + 1.0))


@register(aliases=("fgan_neyman_chi2",))
def fgan_neyman(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the Neyman chi-squared divergence.

    D: E (e^-r - 1) + E 2 (1 - e^(-f / 2)); G: E (e^-f - 1).

    arXiv:1606.00709, tables 2 and 6, with the increasing activation: g(v) = 1 - e^-v, f*(t) = 2 - 2 (1 - t)^(1/2).
    """
    return Loss(real=lambda t: ops.expm1(-t), fake=lambda t: -2.0 * ops.expm1(-0.5 * t))


@register(aliases=("fgan_hellinger",))
def fgan_squared_hellinger(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the squared Hellinger distance.

    D: E (e^-r - 1) + E (e^f - 1); G: E (e^-f - 1).

    arXiv:1606.00709, tables 2 and 6, with the increasing activation: g(v) = 1 - e^-v, f*(t) = t / (1 - t).
    """
    return Loss(real=lambda t: ops.expm1(-t), fake=ops.expm1)


@register(aliases=("fgan_js",))
def fgan_jensen_shannon(ops: Ops[A]) -> Loss[A]:
    """f-GAN with (twice) the Jensen-Shannon divergence: the logistic loss, moved to be 0 where D cannot tell.

    D: E (softplus(-r) - log 2) + E (softplus(f) - log 2); G: E (softplus(-f) - log 2).

    arXiv:1606.00709, tables 2 and 6: g(v) = log 2 - softplus(-v), f*(t) = -log(2 - e^t).
    """
    log_2 = math.log(2.0)
    return Loss(real=lambda t: ops.softplus(-t) - log_2, fake=lambda t: ops.softplus(t) - log_2, constant=log_2)


@register
def fgan_jeffreys(ops: Ops[A]) -> Loss[A]:
    """f-GAN with Jeffreys' divergence, the Kullback-Leibler divergences of both directions; the logit is the log-ratio.

    D: E (e^-r - 1 - r) + E (e^f - 1 + f); G: E (e^-f - 1 - f).

    arXiv:1606.00709, section 2.2, for f(u) = (u - 1) log u, with the activation f'(e^v): g(v) = 1 + v - e^-v,
    f*(g(v)) = e^v - 1 + v, in place of Lambert's W.
    """
    return Loss(real=lambda t: ops.expm1(-t) - t, fake=lambda t: ops.expm1(t) + t)


@register(aliases=("fgan_tv",))
def fgan_total_variation(ops: Ops[A]) -> Loss[A]:
    """f-GAN with the total variation.

    D: -E tanh(r) / 2 + E tanh(f) / 2; G: -E tanh(f) / 2, in both forms.

    arXiv:1606.00709, tables 2 and 6: g(v) = tanh(v) / 2, f*(t) = t.
    """
    return Loss(real=lambda t: -0.5 * ops.tanh(t), fake=lambda t: 0.5 * ops.tanh(t))


@register(aliases=("fgan_alpha_divergence",))
def fgan_alpha(ops: Ops[A], *, alpha: float = 2.0) -> Loss[A]:
    """f-GAN with the alpha-divergence, f(u) = (u^a - 1 - a (u - 1)) / (a (a - 1)), for any alpha but 0 and 1.

    D: -E g(r) + E (((a - 1) g(f) + 1)^p - 1) / a, p = a / (a - 1); G: -E g(f). g(v) = v for a > 1, where the power of a
    negative base is 0 (the conjugate proper), and g(v) = 1 / (1 - a) - softplus(-v) for a < 1. There the fake term grows as
    e^(-p f), and its gradient, through a softplus as small as e^-f, is lost where e^((1 - p) min(f, 40)) overflows.
    Towards a = 1, -p grows beyond bounds, and multiplies the rounding errors of a and of the softplus.

    arXiv:1606.00709, table of the appendix.
    """
    if alpha in (0.0, 1.0):
        limit = "fgan_kl" if alpha else "fgan_reverse_kl"
        raise ValueError(f"fgan_alpha: alpha cannot be {alpha:g}, where the divergence is that of {limit}: use it")
    power = alpha / (alpha - 1.0)

    def log_softplus(t: A) -> A:
        # Below -40 softplus(t) is e^t to the last digit of float64, and soon underflows.
        tail = ops.step(-40.0 - t)
        return ops.log((1.0 - tail) * ops.softplus(t) + tail) - (ops.relu(-40.0 - t) + 40.0 * tail)

    def fake_below_1(t: A) -> A:
        # The base is (1 - a) softplus(-t). For an a near 0, its power is nearly 1.
        return ops.expm1(power * (log_softplus(-t) + math.log1p(-alpha))) / alpha

    def fake_above_1(t: A) -> A:
        x = (alpha - 1.0) * t
        rest = ops.relu(x + 1.0)
        if power == 2.0:
            return (ops.square(rest) - 1.0) / alpha
        outside = 1.0 - ops.step(x + 1.0)
        base = rest + outside
        if power < 8.0:
            return (rest * ops.exp(ops.log(base) / (alpha - 1.0)) - 1.0) / alpha
        # A large power multiplies the rounding error of the base.
        return ((1.0 - outside) * ops.exp(power * log1p(ops, x, base)) - 1.0) / alpha

    offset = 1.0 / (1.0 - alpha)
    if alpha < 1.0:
        return Loss(real=lambda t: ops.softplus(-t) - offset, fake=fake_below_1, constant=offset)
    return Loss(real=lambda t: -t, fake=fake_above_1, constant=1.0 / alpha)


@register(aliases=("alpha_d_alpha_g_gan", "tunable_alpha"))
def alpha_gan(ops: Ops[A], *, alpha_d: float = 1.0, alpha_g: float = 1.0, saturating: bool = False) -> Loss[A]:
    """The tunable (alpha_D, alpha_G) loss: 1 is the logistic loss, less exaggerates large errors, more forgives them.

    D: E l(-r) + E l(f), G: E l(-f), or -E l(f) if `saturating`, where l(t) = a / (a - 1) (1 - (1 + e^t)^((1 - a) / a)) with the
    player's own a, softplus(t) at a = 1. The saturating generator has its own a too: `generator="saturating"` would take D's.

    Kurri et al. 2021, arXiv:2106.05232; Welfert et al. 2023, arXiv:2302.14320.
    """
    for key, alpha in (("alpha_d", alpha_d), ("alpha_g", alpha_g)):
        if alpha <= 0.0:
            raise ValueError(f"alpha_gan: {key} must be positive, got {alpha}")
    d, g = _alpha_term(ops, alpha_d), _alpha_term(ops, alpha_g)
    return Loss(real=lambda t: d(-t), fake=d, generator=(lambda t: -g(t)) if saturating else (lambda t: g(-t)))


def _alpha_term(ops: Ops[A], alpha: float) -> Term[A]:
    if alpha == 1.0:
        return ops.softplus
    k = (alpha - 1.0) / alpha
    return lambda t: ops.expm1(-k * ops.softplus(t)) / -k


@register(aliases=("boundary_seeking",))
def bgan(ops: Ops[A], *, log_z: float = 0.0) -> Loss[A]:
    """Boundary-seeking GAN: G moves its samples to where D cannot decide.

    D: E softplus(-r) + E softplus(f); G: E (f - log_z)^2, without the factor 1/2 of the first version. `log_z` is the estimate
    of log E e^f that the authors' code can subtract.

    Hjelm et al. 2017, arXiv:1702.08431.
    """
    return Loss(real=lambda t: ops.softplus(-t), fake=ops.softplus, generator=lambda t: ops.square(t - log_z))
