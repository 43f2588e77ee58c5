"""A loss of your own: written once, checked against the exact result, used in PyTorch and in JAX.

Run `python examples/your_own_loss.py`; it needs `pip install '.[all]'`.
"""

import math

import jax
import numpy as np
import torch

import ganloss_jax
import ganloss_torch
from ganloss_core import A, Loss, Ops, register
from ganloss_core.check import Report, check


@register
def logcosh(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0) -> Loss[A]:
    """Log-cosh distance from a label: lsgan's near to it, l1's far away.

    D: E ln cosh(r - real_label) + E ln cosh(f - fake_label); G: E ln cosh(f - real_label).
    """

    def log_cosh(t: A) -> A:
        return ops.softplus(2.0 * t) - t - math.log(2.0)  # does not overflow, as cosh does

    # `constant`: near a label the formula subtracts ln 2 from about ln 2, and errors are counted relative to that.
    return Loss(
        real=lambda t: log_cosh(t - real_label),
        fake=lambda t: log_cosh(t - fake_label),
        constant=math.log(2.0),
    )


def main() -> Report:
    """Check the loss, then compute one value and gradient in both frameworks; the report of the check."""
    report = check(["logcosh"])
    worst = max(report.rows, key=lambda row: max(row.value_ulps, row.gradient_ulps) / row.budget)
    print(f"{'ok' if report.ok else 'NOT ok'}: {len(report.rows)} rows, the worst of them\n{worst}")

    real, fake = np.random.default_rng(0).standard_normal((2, 4), dtype="float32")

    logits = torch.tensor(fake, requires_grad=True)
    d_loss = ganloss_torch.GANLoss("logcosh", real_label=0.9).discriminator(torch.tensor(real), logits)
    d_loss.backward()
    print(f"PyTorch  D {d_loss:.6f}, gradient for fakes {logits.grad.numpy()}")

    loss = ganloss_jax.GANLoss("logcosh", real_label=0.9)
    d_loss, gradient = jax.value_and_grad(loss.discriminator, argnums=1)(real, fake)
    print(f"JAX      D {d_loss:.6f}, gradient for fakes {gradient}")
    return report


if __name__ == "__main__":
    main()
