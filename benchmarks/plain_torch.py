"""Losses and steps in PyTorch in the way that people write them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GAMMA = 1.0
BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)


# Losses of logits.


def softplus(r: Tensor, f: Tensor) -> Tensor:
    return F.softplus(-r).mean() + F.softplus(f).mean()


def bce_with_targets(r: Tensor, f: Tensor) -> Tensor:
    bce = F.binary_cross_entropy_with_logits
    return bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f))


def mse_with_targets(r: Tensor, f: Tensor) -> Tensor:
    """As BasicSR's GANLoss, which fills an array with the label."""
    mse = nn.MSELoss()
    return mse(r, r.new_ones(r.size()) * 1.0) + mse(f, f.new_ones(f.size()) * 0.0)


def hinge_of_selected(r: Tensor, f: Tensor, r_mask: Tensor, f_mask: Tensor) -> Tensor:
    return F.relu(1 - r)[r_mask].mean() + F.relu(1 + f)[f_mask].mean()


def hinge_of_selected_first(r: Tensor, f: Tensor, r_mask: Tensor, f_mask: Tensor) -> Tensor:
    return F.relu(1 - r[r_mask]).mean() + F.relu(1 + f[f_mask]).mean()


def hinge_where(r: Tensor, f: Tensor, r_mask: Tensor, f_mask: Tensor) -> Tensor:
    real = torch.where(r_mask, F.relu(1 - r), 0.0).sum() / r_mask.sum()
    return real + torch.where(f_mask, F.relu(1 + f), 0.0).sum() / f_mask.sum()


def hinge_times_mask(r: Tensor, f: Tensor, r_mask: Tensor, f_mask: Tensor) -> Tensor:
    return (F.relu(1 - r) * r_mask).sum() / r_mask.sum() + (F.relu(1 + f) * f_mask).sum() / f_mask.sum()


def kl_wgan(r: Tensor, f: Tensor) -> Tensor:
    weights = torch.softmax(f.flatten(), 0).view_as(f) * f.numel()
    return F.relu(1 - r).mean() + F.relu(1 + weights * f).mean()


def neyman_of_conjugate(r: Tensor, f: Tensor) -> Tensor:
    """f-GAN's table: activation 1 - e^-v, conjugate 2 - 2 sqrt(1 - t)."""
    return -(1 - torch.exp(-r)).mean() + (2 - 2 * torch.sqrt(1 - (1 - torch.exp(-f)))).mean()


def neyman_of_exps(r: Tensor, f: Tensor) -> Tensor:
    return (torch.exp(-r) - 1).mean() + (2 - 2 * torch.exp(-f / 2)).mean()


def neyman_of_expm1(r: Tensor, f: Tensor) -> Tensor:
    return torch.expm1(-r).mean() - 2 * torch.expm1(-f / 2).mean()


# Losses of vectors.


def oasis(r: Tensor, f: Tensor, labels: Tensor) -> Tensor:
    """Class 0 is for what is fake; each class that occurs has the same total weight."""
    target = labels + 1
    counts = torch.bincount(target.flatten(), minlength=r.shape[1])
    weight = (target.numel() / (counts * (counts > 0).sum())).to(r.dtype)
    return F.cross_entropy(r, target, weight=weight) + F.cross_entropy(f, torch.zeros_like(target))


def contragan(embedding: Tensor, proxy: Tensor, labels: Tensor) -> Tensor:
    """The kind of PyTorch-StudioGAN, with one matrix product for all cosines."""
    e, p = F.normalize(embedding, dim=1), F.normalize(proxy, dim=1)
    others = ~torch.eye(len(e), dtype=torch.bool, device=e.device)
    same = (labels[:, None] == labels) & others
    similar, to_proxy = torch.exp(e @ e.T), torch.exp((e * p).sum(1))
    near = to_proxy + (similar * same).sum(1)
    return -torch.log(near / (to_proxy + (similar * others).sum(1))).mean()


def reacgan(embedding: Tensor, proxy: Tensor, labels: Tensor) -> Tensor:
    e, p = F.normalize(embedding, dim=1), F.normalize(proxy, dim=1)
    negative = labels[:, None] != labels
    far = (torch.exp(F.relu(e @ e.T - 0.02) / 0.5) * negative).sum(1)
    near = torch.clamp((e * p).sum(1) - 0.98, max=0.0) / 0.5
    return (torch.log(torch.exp(near) + far) - near).mean()


def mmd(distances: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    def kernel(x: Tensor, y: Tensor) -> Tensor:
        d = distances(x, y)
        return sum(torch.exp(-d / (2 * s * s)) for s in BANDWIDTHS)

    return lambda r, f: 2 * kernel(r, f).mean() - kernel(r, r).mean() - kernel(f, f).mean()


def of_products(x: Tensor, y: Tensor) -> Tensor:
    return (x * x).sum(1)[:, None] + (y * y).sum(1) - 2 * x @ y.T


def of_cdist(x: Tensor, y: Tensor) -> Tensor:
    return torch.cdist(x, y).square()


# Steps, heads and features.


def r3gan_step(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """D's step as in R3GAN's Trainer: one forward a side, and a gradient for each penalty."""

    def penalty(logits: Tensor, x: Tensor) -> Tensor:
        (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
        return slope.square().sum(1)

    real, fake = real.detach().requires_grad_(), fake.detach().requires_grad_()
    r, f = critic(real), critic(fake)
    penalties = penalty(r, real) + penalty(f, fake)
    return (F.softplus(f - r).flatten() + GAMMA / 2 * penalties).mean()


def loop_over_heads(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """As HiFi-GAN's discriminator_loss."""
    total: Any = 0
    for r, f in zip(real, fake, strict=True):
        total += torch.mean((1 - r) ** 2) + torch.mean(f**2)
    return total


def loop_with_numbers(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """The same with what it logs: the host waits for each."""
    total: Any = 0
    numbers = []
    for r, f in zip(real, fake, strict=True):
        of_real, of_fake = torch.mean((1 - r) ** 2), torch.mean(f**2)
        total += of_real + of_fake
        numbers += [of_real.item(), of_fake.item()]
    return total


def loop_over_features(real: Sequence[Sequence[Tensor]], fake: Sequence[Sequence[Tensor]]) -> Tensor:
    """As HiFi-GAN's feature_loss."""
    total: Any = 0
    for of_real, of_fake in zip(real, fake, strict=True):
        for r, f in zip(of_real, of_fake, strict=True):
            total += torch.mean(torch.abs(r - f))
    return total * 2
