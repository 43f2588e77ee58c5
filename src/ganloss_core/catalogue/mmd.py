"""Maximum mean discrepancies of vectors, shape (batch, ..., length): a two-sample test in which D learns the features.

G minimises the squared discrepancy E k(r, r') + E k(f, f') - 2 E k(r, f), D minus that. If `unbiased`, the means within a side
are over two different samples; the mean across the sides is over all pairs in either case. Bandwidths, alphas and sigma are
between 1e-18 and 1e18, since float32 does not hold the squares of others.
"""

from __future__ import annotations

from ganloss_core.spec.loss import BatchLoss
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.words.ops import A, Ops, Term, log1p


def _within(kernel: Term[A], x: A, side: Side[A], unbiased: bool, E: E[A]) -> A:
    """For each sample of a side, the mean of its kernel with the side."""
    k = kernel(E.squared_distances(x))
    if not unbiased:
        return side(k, 1)
    total = E.sum(k, side.others(k))
    mean: A = total / (side.total(total) - 1.0)
    return mean


def _mmd(kernel: Term[A], unbiased: bool) -> BatchLoss[A]:
    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        across = kernel(E.squared_distances(r, f))
        of_real, of_fake = (_within(kernel, x, side, unbiased, E) for x, side in ((r, E.real), (f, E.fake)))
        return Sides(real=-of_real, fake=-of_fake, pair=2.0 * across)

    return BatchLoss(discriminator=discriminator, generator="saturating", least=2 if unbiased else 1, sample="vector")


def _check_scale(name: str, key: str, *values: float) -> None:
    got = values[0] if len(values) == 1 else values
    if min(values) <= 0.0:
        raise ValueError(f"{name}: {key} must be positive, got {got}")
    # Beyond, float32 does not hold the square, or 1 over it.
    if not all(1e-18 <= x <= 1e18 for x in values):
        raise ValueError(f"{name}: {key} must be between 1e-18 and 1e18, got {got}")


@register(aliases=("mmd_rbf", "mmd_gan"))
def mmd_gaussian(
    ops: Ops[A], *, bandwidths: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0), unbiased: bool = False
) -> BatchLoss[A]:
    """Squared MMD with a sum of Gaussian kernels, k = sum_s e^(-|x - y|^2 / (2 s^2)).

    D: -E k(r, r') - E k(f, f') + 2 E k(r, f); G: minus that. The authors' code takes the square root, and adds two terms.

    Li et al. 2017, arXiv:1705.08584.
    """
    _check_scale("mmd_gaussian", "bandwidths", *bandwidths)
    return _mmd(lambda d: _sum([ops.exp(d * (-0.5 / (s * s))) for s in bandwidths]), unbiased)


@register(aliases=("mmd_rq",))
def mmd_rational_quadratic(
    ops: Ops[A], *, alphas: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0), unbiased: bool = True
) -> BatchLoss[A]:
    """Squared MMD with a sum of rational quadratic kernels, k = sum_a (1 + |x - y|^2 / (2 a))^-a.

    D: -E k(r, r') - E k(f, f') + 2 E k(r, f); G: minus that.

    Binkowski et al. 2018, arXiv:1801.01401.
    """
    _check_scale("mmd_rational_quadratic", "alphas", *alphas)

    def kernel(d: A, a: float) -> A:
        x = d / (2.0 * a)
        # A large power multiplies the rounding error of the base.
        return ops.exp(-a * (ops.log(1.0 + x) if a < 8.0 else log1p(ops, x, ops.relu(1.0 + x))))

    return _mmd(lambda d: _sum([kernel(d, a) for a in alphas]), unbiased)


@register(aliases=("mmd_rep",))
def mmd_repulsive(ops: Ops[A], *, sigma: float = 1.0, bounded: bool = False) -> BatchLoss[A]:
    """MMD-GAN with a repulsive discriminator, which pulls fakes together and pushes reals apart.

    D: E k(r, r') - E k(f, f'), k = e^(-|x - y|^2 / (2 sigma^2)); G: the squared MMD, unbiased. If `bounded`, D stops pushing
    reals apart where |x - y|^2 > 4, and pulling fakes together where it is < 1/4. The authors' code leaves out the pairs i = j
    across the sides too.

    Wang et al. 2018, arXiv:1812.09916.
    """
    _check_scale("mmd_repulsive", "sigma", sigma)

    def kernel(d: A) -> A:
        return ops.exp(d * (-0.5 / (sigma * sigma)))

    def of_reals(d: A) -> A:
        # min(d, 4), and d itself to the last digit where that is less.
        less = ops.step(4.0 - d)
        return kernel(less * d + (1.0 - less) * 4.0 if bounded else d)

    def of_fakes(d: A) -> A:
        return kernel(d + ops.relu(0.25 - d) if bounded else d)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(_within(of_reals, r, E.real, True, E), -_within(of_fakes, f, E.fake, True, E))

    squared = _mmd(kernel, unbiased=True)
    return BatchLoss(
        discriminator=discriminator,
        generator=lambda r, f, E: Sides(*[-part for part in squared.discriminator(r, f, E)[:3] if part is not None]),
        generator_needs_real=True,
        least=2,
        sample="vector",
    )


def _sum(kernels: list[A]) -> A:
    total = kernels[0]
    for kernel in kernels[1:]:
        total = total + kernel
    return total
