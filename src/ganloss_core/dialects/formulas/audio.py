"""Of codecs and vocoders."""

from __future__ import annotations

from ganloss_core.catalogue.batch import tprls
from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


def hinge_at_labels(ops: Ops[A]) -> Loss[A]:
    """D: E relu(1 - r) + E relu(f); G: E relu(1 - f): a hinge that bends at least squares' labels, 1 and 0."""
    return Loss(real=lambda t: ops.relu(1.0 - t), fake=ops.relu)


def lsgan_and_tprls(ops: Ops[A]) -> BatchLoss[A]:
    """D: E (r - 1)^2 + E f^2 + T(r, f); G: E (f - 1)^2 + T(f, r); T is D's loss of our `tprls`."""
    truncated = tprls(ops)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(ops.square(r - 1.0), ops.square(f), batch=truncated.discriminator(r, f, E).batch)

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(fake=ops.square(f - 1.0), batch=truncated.discriminator(f, r, E.swapped()).batch)

    return BatchLoss(
        discriminator=discriminator,
        generator=generator,
        generator_needs_real=True,
        paired="always",
        constant=truncated.constant,
    )
