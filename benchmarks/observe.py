"""D's step with loss + R1 + R2 through `observe`, against the same written by hand, in one run: time and peak memory.

`python benchmarks/observe.py [device]`; needs torch, and Linux for the CPU's memory. By hand twice: "two forwards" runs the
critic once on each side and takes two gradients, as R3GAN's code does; "apart" runs it again for each penalty, as code with a
penalty function does. Besides, RpGAN with R1 and R2 by finite differences of a quarter of the batch, as Adversarial Flow Models
have it, in multiples of a step without penalties: with all points in one batch ("one call"), "by hand" the same, and "apart".
"""

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import ganloss_torch as gan

BATCHES, ROUNDS = (16, 64, 256), 25
loss = gan.GANLoss("rpgan")


def small_conv_critic():
    torch.manual_seed(0)
    layers, channels = [], 3
    for width in (32, 64, 128):
        layers += [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, 1))


def squared_norm(logits, x):
    (g,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return g.square().sum((1, 2, 3)).mean()


def observed(critic, real, fake):
    seen = gan.observe(critic, real=real, fake=fake)
    return loss.discriminator(seen.real, seen.fake) + gan.r1(seen, 1.0) + gan.r2(seen, 1.0)


def two_forwards(critic, real, fake):
    real, fake = real.detach().requires_grad_(), fake.detach().requires_grad_()
    r, f = critic(real), critic(fake)
    return F.softplus(f - r).mean() + 0.5 * squared_norm(r, real) + 0.5 * squared_norm(f, fake)


def apart(critic, real, fake):
    d_loss = F.softplus(critic(fake) - critic(real)).mean()
    for x in (real, fake):
        x = x.detach().requires_grad_()
        d_loss = d_loss + 0.5 * squared_norm(critic(x), x)
    return d_loss


WAYS = {"observe": observed, "two forwards": two_forwards, "apart": apart}


def plain(critic, real, fake):
    return F.softplus(critic(fake) - critic(real)).mean()


def one_call(critic, real, fake):
    seen = gan.observe(critic, real=real, fake=fake, joint=True, differences=0.01, fraction=0.25)
    return loss.discriminator(seen.real, seen.fake) + gan.approximate_r1(seen, 0.5) + gan.approximate_r2(seen, 0.5)


def by_hand(critic, real, fake):
    n, k = len(real), max(round(len(real) * 0.25), 1)
    moved = [x[:k] + 0.01 * torch.randn_like(x[:k]) for x in (real, fake)]
    r, f, r2, f2 = critic(torch.cat([real, fake, *moved])).split([n, n, k, k])
    penalties = ((r2 - r[:k]) / 0.01).square().mean() + ((f2 - f[:k]) / 0.01).square().mean()
    return F.softplus(f - r).mean() + 0.25 * penalties


def differences_apart(critic, real, fake):
    seen = gan.observe(critic, real=real, fake=fake)
    penalties = gan.approximate_r1(seen, 0.5, fraction=0.25) + gan.approximate_r2(seen, 0.5, fraction=0.25)
    return loss.discriminator(seen.real, seen.fake) + penalties


DIFFERENCES = {"plain": plain, "one call": one_call, "by hand": by_hand, "apart": differences_apart}


def inputs(device, n):
    return small_conv_critic().to(device), torch.randn(n, 3, 32, 32, device=device), torch.randn(n, 3, 32, 32, device=device)


def seconds(step, critic, real, fake):
    critic.zero_grad()
    if real.is_cuda:
        torch.cuda.synchronize()
    start = time.perf_counter()
    step(critic, real, fake).backward()
    if real.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def peak(way, device, n):
    """Megabytes that one step adds; on the CPU of a process of its own."""
    if device == "cpu":
        command = [sys.executable, __file__, "--peak", way, str(n)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    critic, real, fake = inputs(device, n)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    WAYS[way](critic, real, fake).backward()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def side_by_side(ways, *given):
    """So that what slows the machine slows all of them."""
    for step in ways.values():
        seconds(step, *given)
    return [{way: seconds(ways[way], *given) for way in random.sample(list(ways), len(ways))} for _ in range(ROUNDS)]


def peak_now():
    """Megabytes that this process has used at most."""
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main(device):
    print(f"{'batch':>6}{'observe':>12}{'two forwards':>15}{'apart':>9}{'memory: observe':>18}{'two forwards':>15}{'apart':>9}")
    for n in BATCHES:
        rounds = side_by_side(WAYS, *inputs(device, n))
        ratios = {way: statistics.median(r[way] / r["observe"] for r in rounds) for way in WAYS}
        memory = {way: statistics.median(peak(way, device, n) for _ in range(5)) for way in WAYS}
        ms = statistics.median(r["observe"] for r in rounds) * 1e3
        print(
            f"{n:>6}{ms:>9.1f} ms{ratios['two forwards']:>14.2f}x{ratios['apart']:>8.2f}x{memory['observe']:>15.0f} MB"
            f"{memory['two forwards'] / memory['observe']:>14.2f}x{memory['apart'] / memory['observe']:>8.2f}x"
        )
    print(f"\n{'batch':>6}{'plain':>12}{'one call':>11}{'by hand':>10}{'apart':>9}    finite differences")
    for n in BATCHES:
        rounds = side_by_side(DIFFERENCES, *inputs(device, n))
        ratios = {way: statistics.median(r[way] / r["plain"] for r in rounds) for way in DIFFERENCES}
        ms = statistics.median(r["plain"] for r in rounds) * 1e3
        print(f"{n:>6}{ms:>9.1f} ms{ratios['one call']:>10.2f}x{ratios['by hand']:>9.2f}x{ratios['apart']:>8.2f}x")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        critic, real, fake = inputs("cpu", int(sys.argv[3]))
        # Sets the peak back to what is used now.
        Path("/proc/self/clear_refs").write_text("5")
        before = peak_now()
        WAYS[sys.argv[2]](critic, real, fake).backward()
        print(peak_now() - before)
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "cpu")
