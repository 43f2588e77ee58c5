"""The rows of the table in PyTorch: forward and backward, eager."""

from collections.abc import Callable
from typing import Any

import plain_torch as plain
import torch
from row import Row
from torch import Tensor, nn

import ganloss_torch as gan
from ganloss_torch.compat import hifigan

HINGE, OASIS, OF_HEADS = gan.GANLoss("hinge"), gan.GANLoss("nplus1_ce"), gan.GANLoss("lsgan", heads="sum")
HINGES = {
    "relu(...)[mask]": plain.hinge_of_selected,
    "relu of [mask]": plain.hinge_of_selected_first,
    "where": plain.hinge_where,
    "times mask": plain.hinge_times_mask,
}
NEYMAN = {"conjugate": plain.neyman_of_conjugate, "exp": plain.neyman_of_exps, "expm1": plain.neyman_of_expm1}
LOGISTIC = {"softplus": plain.softplus, "BCE, targets": plain.bce_with_targets}
MMD = {"x.x + y.y - 2 x.y": plain.mmd(plain.of_products), "cdist": plain.mmd(plain.of_cdist)}
# The logits of five periods and three scales, and six maps of features for each, as HiFi-GAN's critics return.
HEADS = [(16, 1, 2048 // n, n) for n in (2, 3, 5, 7, 11)] + [(16, 1, 8192 // n) for n in (64, 128, 256)]
MAPS = [[(4, 16 * 2 ** (i % 3), 300 // (i + 1), n) for i in range(6)] for n in (2, 3, 5, 7, 11, 13, 17, 19)]


# Inputs. A maker is called with a shape; labels(n, *shape) and mask(*shape) make integers and bools.


def logits(*shape: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: (make(*shape), make(*shape))


def masked(*shape: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: (make(*shape), make(*shape), make.mask(*shape), make.mask(*shape))


def embeddings(n: int, length: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: (make(n, length), make(n, length), make.labels(10, n))


def lists(*shapes: tuple[int, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: ([make(*shape) for shape in shapes], [make(*shape) for shape in shapes])


def maps(make: Any) -> list[list[list[Tensor]]]:
    return [[[make(*shape) for shape in head] for head in MAPS] for _ in range(2)]


def segmented(make: Any) -> tuple[Any, ...]:
    # 35 classes, of which 5 do not occur.
    return make(2, 36, 128, 256), make(2, 36, 128, 256), make.labels(30, 2, 128, 256)


def small_critic(make: Any) -> tuple[Any, ...]:
    def layers() -> nn.Module:
        return nn.Sequential(nn.Linear(64, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))

    return make.module(layers), make(256, 64), make(256, 64)


# Ours.


def discriminator(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    return gan.GANLoss(name).discriminator


def conditional(name: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    loss = gan.GANLoss(name)
    return lambda embedding, proxy, labels: loss.generator(torch.stack((embedding, proxy), 1), fake_labels=labels)


def hinge_with_masks(r: Tensor, f: Tensor, r_mask: Tensor, f_mask: Tensor) -> Tensor:
    return HINGE.discriminator(r, f, real_weight=r_mask, fake_weight=f_mask)


def oasis(r: Tensor, f: Tensor, labels: Tensor) -> Tensor:
    return OASIS.discriminator(r.movedim(1, -1), f.movedim(1, -1), real_labels=labels)


def observed_step(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    seen = gan.observe(critic, real=real, fake=fake)
    return gan.discriminator_loss("rpgan", seen.real, seen.fake) + gan.r1(seen, plain.GAMMA) + gan.r2(seen, plain.GAMMA)


def matched(real: list[list[Tensor]], fake: list[list[Tensor]]) -> Tensor:
    return gan.feature_matching(real, fake, 2.0, layers="sum", heads="sum", detach_real=False)


ROWS = [
    Row(
        work="contragan_2c, 1024 x 256",
        inputs=embeddings(1024, 256),
        plain={"one product": plain.contragan},
        ours=conditional("contragan_2c"),
        goal=1.2,
        memory=1.5,
    ),
    Row(
        work="d2d_ce, 512 x 512",
        inputs=embeddings(512, 512),
        plain={"one product": plain.reacgan},
        ours=conditional("d2d_ce"),
        goal=1.2,
    ),
    *(
        Row(
            work=f"mmd_gaussian, {n} x {n}",
            inputs=logits(n, n),
            plain=MMD,
            ours=discriminator("mmd_gaussian"),
            goal=1.2,
            memory=1.5,
            # The products cancel.
            plain_tolerance=1e-4,
        )
        for n in (256, 512)
    ),
    Row(
        work="nplus1_ce, 2 x 36 x 128 x 256",
        inputs=segmented,
        plain={"cross_entropy, bincount": plain.oasis},
        ours=oasis,
        goal=1.2,
        kernels="plain",
    ),
    Row(
        work="hinge, bool masks, 2 x 2 M",
        inputs=masked(2**21),
        plain=HINGES,
        ours=hinge_with_masks,
        goal=1.2,
        kernels="plain",
    ),
    *(
        Row(
            work=f"kl_wgan, 2 x {n}",
            inputs=logits(2**power),
            plain={"relu, softmax": plain.kl_wgan},
            ours=discriminator("kl_wgan"),
            goal=1.2,
            kernels="plain",
        )
        for n, power in (("512 k", 19), ("2 M", 21))
    ),
    *(
        Row(
            work=f"lsgan, 2 x {' x '.join(map(str, shape))}",
            inputs=logits(*shape),
            plain={"MSELoss, targets": plain.mse_with_targets},
            ours=discriminator("lsgan"),
            goal=0.9,
        )
        for shape in ((16, 30, 30), (4, 256, 256))
    ),
    Row(
        work="D step, rpgan + r1 + r2, MLP",
        inputs=small_critic,
        plain={"R3GAN's Trainer": plain.r3gan_step},
        ours=observed_step,
        goal=1.0,
    ),
    Row(
        work="lsgan, 8 heads",
        inputs=lists(*HEADS),
        plain={"HiFi-GAN's loop": plain.loop_over_heads},
        ours=OF_HEADS.discriminator,
        kernels=45,
    ),
    Row(
        work="feature_matching, 8 x 6 maps",
        inputs=maps,
        plain={"HiFi-GAN's loop": plain.loop_over_features},
        ours=matched,
        memory=1.0,
        kernels=40,
    ),
    Row(
        work="hifigan.discriminator_loss, 8 heads",
        inputs=lists(*HEADS),
        plain={"HiFi-GAN's loop": plain.loop_with_numbers},
        ours=lambda real, fake: hifigan.discriminator_loss(real, fake)[0],
        goal=1.0,
        kernels=45,
    ),
    Row(
        work="hifigan.feature_loss, 8 x 6 maps",
        inputs=maps,
        plain={"HiFi-GAN's loop": plain.loop_over_features},
        ours=hifigan.feature_loss,
        memory=1.0,
        kernels=40,
    ),
    Row(
        work="fgan_neyman, 2 x 10 M",
        inputs=logits(10_000_000),
        plain=NEYMAN,
        ours=discriminator("fgan_neyman"),
        goal=1.3,
    ),
    Row(
        work="logistic, 2 x 2 M",
        inputs=logits(2**21),
        plain=LOGISTIC,
        ours=discriminator("logistic"),
        goal=0.6,
        of_logits=2.0,
    ),
]
