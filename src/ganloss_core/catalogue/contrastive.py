"""Conditional losses that contrast embeddings with each other and with the proxy of their class, beside a loss of logits.

A critic's output for one sample is its embedding and the proxy (a learnt embedding) of its label, stacked to shape
(batch, 2, length). D looks at reals alone, G at fakes alone.
"""

from __future__ import annotations

from ganloss_core.spec.loss import BatchLoss
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


def _cosines(E: E[A], x: A) -> tuple[A, A]:
    """The cosine of every embedding with every other, and with its own proxy; that with a vector of length 0 is 0."""
    embedding, proxy = (E.unit(part) for part in E.parts(x))
    return E.products(embedding), E.sum(embedding * proxy)


def _temperature(name: str, temperature: float) -> None:
    if temperature <= 0.0:
        raise ValueError(f"{name}: temperature must be positive, got {temperature}")


@register(aliases=("contragan", "two_c"))
def contragan_2c(ops: Ops[A], *, temperature: float = 1.0) -> BatchLoss[A]:
    """The 2C loss of ContraGAN: near to the proxy and to samples of the same label, far from the others.

    D: -E log((e^(p_i / t) + same) / (e^(p_i / t) + same + other)) over reals; G: over fakes. same and other are the sums of
    e^(s_ij / t) over all j != i with the label of i, and with another; s_ij is the cosine of two embeddings, p_i that of an
    embedding and its proxy. Embeddings and proxies are stacked: shape (batch, 2, length).

    Kang & Park 2020, arXiv:2006.12681.
    """
    _temperature("contragan_2c", temperature)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        s, p = _cosines(E, r)
        s, p, y = s / temperature, p / temperature, E.real.labels()
        same, other = (E.log_sum_exp(s, E.real.others(s, among)) for among in (E.same(y), E.different(y)))
        return Sides(real=ops.softplus(other - E.log_add_exp(p, same)))

    return BatchLoss(discriminator=discriminator, one_side=True, sample="embedding")


@register(aliases=("reacgan",))
def d2d_ce(ops: Ops[A], *, temperature: float = 0.5, positive_margin: float = 0.98) -> BatchLoss[A]:
    """The data-to-data cross-entropy of ReACGAN: near to the proxy, up to a margin, and far from samples of other labels.

    D: -E log(P / (P + sum e^(relu(s_ij - 1 + m) / t))) over reals, P = e^(min(p_i - m, 0) / t), the sum over all j with another
    label; G: over fakes. s_ij is the cosine of two embeddings, p_i that of an embedding and its proxy, m the positive margin.
    Embeddings and proxies are stacked: shape (batch, 2, length). This is the paper's: PyTorch-StudioGAN takes a maximum out of
    the sum alone.

    Kang et al. 2021, arXiv:2111.01118.
    """
    _temperature("d2d_ce", temperature)
    if not -1.0 <= positive_margin <= 1.0:
        raise ValueError(f"d2d_ce: positive_margin must be a cosine, in -1..1, got {positive_margin}")

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        s, p = _cosines(E, r)
        other = E.real.others(s, E.different(E.real.labels()))
        far = E.log_sum_exp(ops.relu(s - (1.0 - positive_margin)) / temperature, other)
        return Sides(real=ops.softplus(far + ops.relu(positive_margin - p) / temperature))

    return BatchLoss(discriminator=discriminator, one_side=True, sample="embedding")
