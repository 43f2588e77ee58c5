"""What a call costs beyond the same loss written by hand with the same words, side by side, at 8 logits.

python benchmarks/overhead.py
"""

import statistics
import timeit
from functools import partial

import jax.numpy as jnp
import torch

import ganloss_jax
import ganloss_torch


def by_hand(ops):
    return {
        "hinge": lambda r, f: ops.relu(1.0 - r).mean() + ops.relu(1.0 + f).mean(),
        "logistic": lambda r, f: ops.softplus(-r).mean() + ops.softplus(f).mean(),
        "wasserstein": lambda r, f: (-r).mean() + f.mean(),
        "relativistic_paired_logistic": lambda r, f: ops.softplus(-(r - f)).mean(),
        "relativistic_average_lsgan": lambda r, f: (
            ops.square(r - f.mean() - 1.0).mean() + ops.square(f - r.mean() + 1.0).mean()
        ),
    }


def compare(ours, hand, real, fake, calls, rounds=301):
    pairs = []
    for _ in range(rounds):
        pairs.append([timeit.timeit(lambda f=f: f(real, fake), number=calls) / calls * 1e6 for f in (ours, hand)])
    extra = statistics.median(a - b for a, b in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), extra, ratio


def main():
    torch.set_num_threads(1)
    # The object, and below it the function that looks the name up in each call.
    print(f"{'':40}{'ours':>9}{'by hand':>9}{'extra':>9}{'ratio':>8}   (microseconds, medians)")
    for module, array, calls in ((ganloss_torch, torch.linspace, 100), (ganloss_jax, jnp.linspace, 20)):
        real, fake = array(-2.0, 2.0, 8), array(-1.0, 3.0, 8)
        for name, hand in by_hand(module.ops).items():
            for kind, ours in (
                (f"{module.__name__} {name}", module.GANLoss(name).discriminator),
                ("  discriminator_loss(name, ...)", partial(module.discriminator_loss, name)),
            ):
                a, b, extra, ratio = compare(ours, hand, real, fake, calls)
                print(f"{kind:<44}{a:9.2f}{b:9.2f}{extra:9.2f}{ratio:8.3f}")


if __name__ == "__main__":
    main()
