"""Maximum mean discrepancies of vectors, shape (batch, ..., length): a two-sample test in which D learns the features.

G minimises the squared discrepancy E k(r, r') + E k(f, f') - 2 E k(r, f), D minus that. If `unbiased`, the means within a side
are over two different samples; the mean across the sides is over all pairs in either case. Bandwidths, alphas and sigma are
between 1e-18 and 1e18, since float32 does not hold the squares of others.
"""

from __future__ import annotations

from collections.abc import Callable

from ganloss_core.spec.loss import BatchLoss
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.words.ops import A, Ops, log1p

Kernel = Callable[[A, "E[A]"], A]
"""Of squared distances, with the expectations."""


def _distance(squared: A, E: E[A]) -> A:
    return E.root(squared)


def _within(kernel: Kernel[A], x: A, side: Side[A], unbiased: bool, E: E[A]) -> A:
    """For each sample of a side, the mean of its kernel with the side."""
    k = kernel(E.squared_distances(x), E)
    if not unbiased:
        return side(k, 1)
    total = E.sum(k, side.others(k))
    mean: A = total / (side.total(total) - 1.0)
    return mean


def _mmd(kernel: Kernel[A], unbiased: bool) -> BatchLoss[A]:
    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        across = kernel(E.squared_distances(r, f), E)
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
    return _mmd(lambda d, _: _sum([ops.exp(d * (-0.5 / (s * s))) for s in bandwidths]), unbiased)


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

    return _mmd(lambda d, _: _sum([kernel(d, a) for a in alphas]), unbiased)


@register(aliases=("mmd_rep",))
def mmd_repulsive(ops: Ops[A], *, sigma: float = 1.0, bounded: bool = False) -> BatchLoss[A]:
    """MMD-GAN with a repulsive discriminator, which pulls fakes together and pushes reals apart.

    D: E k(r, r') - E k(f, f'), k = e^(-|x - y|^2 / (2 sigma^2)); G: the squared MMD, unbiased. If `bounded`, D stops pushing
    reals apart where |x - y|^2 > 4, and pulling fakes together where it is < 1/4. The authors' code leaves out the pairs i = j
    across the sides too.

    Wang et al. 2018, arXiv:1812.09916.
    """
    _check_scale("mmd_repulsive", "sigma", sigma)

    def kernel(d: A, _: E[A]) -> A:
        return ops.exp(d * (-0.5 / (sigma * sigma)))

    def of_reals(d: A, E: E[A]) -> A:
        # min(d, 4), and d itself to the last digit where that is less.
        less = ops.step(4.0 - d)
        return kernel(less * d + (1.0 - less) * 4.0 if bounded else d, E)

    def of_fakes(d: A, E: E[A]) -> A:
        return kernel(d + ops.relu(0.25 - d) if bounded else d, E)

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


@register(aliases=("cramer_distance",))
def energy_distance(ops: Ops[A], *, unbiased: bool = False) -> BatchLoss[A]:
    """The energy distance: the squared MMD whose kernel is minus the distance.

    D: -2 E |r - f| + E |r - r'| + E |f - f'|; G: minus that. The derivative of |x| at 0 is 0.

    Szekely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018, definition 1; Sejdinovic et al. 2013, arXiv:1207.6076, for the kernel.
    """
    return _mmd(lambda d, E: -E.root(d), unbiased)


@register
def cramer_gan(ops: Ops[A]) -> BatchLoss[A]:
    """Cramer GAN: G minimises the energy distance of critics' vectors, and the critic tells real from fake by it.

    D: -E c(r) + E c(f), c(x) = E |x - f'| - |x|; G: 2 E |r - f| - E |f - f'|. Another fake f' is any but the own one, in place
    of a second batch of fakes. The derivative of |x| at 0 is 0.

    Bellemare et al. 2017, arXiv:1705.10743, algorithm 1.
    """

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        of_real, of_fake = (E.root(E.sum(ops.square(x))) for x in (r, f))
        among_fakes = _within(_distance, f, E.fake, True, E)
        return Sides(real=of_real, fake=among_fakes - of_fake, pair=-E.root(E.squared_distances(r, f)))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(fake=-_within(_distance, f, E.fake, True, E), pair=2.0 * E.root(E.squared_distances(r, f)))

    return BatchLoss(discriminator=discriminator, generator=generator, generator_needs_real=True, least=2, sample="vector")


def _sum(kernels: list[A]) -> A:
    total = kernels[0]
    for kernel in kernels[1:]:
        total = total + kernel
    return total
