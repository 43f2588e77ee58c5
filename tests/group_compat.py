"""Drop-ins on one of several processes: what each should be on all of the batch, and what it is on a part."""

from types import SimpleNamespace

import torch
from torch import nn

from ganloss_torch import GANLossComps
from ganloss_torch.compat import (
    amp,
    audiocraft,
    basicsr,
    cyclegan,
    dac,
    hifigan,
    llamagen,
    mmagic,
    monai,
    parallel_wavegan,
    r3gan,
    stylegan2,
    taming,
    torchgan,
    trl,
    vocos,
)

REAL, FAKE = torch.sin(3.0 * torch.arange(18.0)).double().reshape(2, 9)
IMAGES = torch.cos(torch.arange(9.0 * 4)).double().reshape(9, 1, 2, 2)


def cases(r, f, images, group):
    """By name, of logits of reals and of fakes, and images."""
    yield "MMagic comps", GANLossComps("hinge", **group)(f, False, is_disc=True)
    yield "MMagic", mmagic.GANLoss("lsgan", 0.9, **group)(f, True)
    yield "MMagic smgan", mmagic.GANLoss("smgan", **group)(images, False, is_disc=True, mask=images.abs())
    average = mmagic.AdvLoss("ragan", **group)
    critic = lambda x: x.flatten(1).sum(1)
    yield "MMagic ragan", average(critic, images, 2.0 * images)
    yield "MMagic ragan, G", average(critic, images, 2.0 * images, model="generator")
    yield "BasicSR", basicsr.GANLoss("vanilla", loss_weight=0.1, **group)(f, True)
    yield "BasicSR scales", basicsr.MultiScaleGANLoss("vanilla", **group)([f, [r, f]], True)
    yield "CycleGAN", cyclegan.GANLoss("vanilla", 0.9, **group)(r, True)
    yield "MONAI", monai.PatchAdversarialLoss("sum", **group)([r, f], True, for_discriminator=True)
    yield "ParallelWaveGAN, G", parallel_wavegan.GeneratorAdversarialLoss(False, "hinge", **group)([f, r])
    yield "ParallelWaveGAN, D", sum(parallel_wavegan.DiscriminatorAdversarialLoss(**group)([f, r], [r, f]))
    yield "ParallelWaveGAN, features", parallel_wavegan.FeatureMatchLoss(**group)([[f, r, r]], [[r, f, f]])
    yield "TorchGAN", torchgan.LeastSquaresDiscriminatorLoss(b=0.9, **group)(r, f)
    yield "TorchGAN, sum", torchgan.minimax_generator_loss(f, reduction="sum", **group)
    yield "TorchGAN function", torchgan.minimax_discriminator_loss(r, f, 0.1, **group)
    yield "HiFi-GAN, D", hifigan.discriminator_loss([r, f], [f, r], **group)[0]
    yield "HiFi-GAN, G", hifigan.generator_loss([f, r], **group)[0]
    yield "HiFi-GAN, features", hifigan.feature_loss([[r, f]], [[f, r]], **group)
    audio = [SimpleNamespace(audio_data=x) for x in (f, r)]
    codec = dac.GANLoss(lambda x: [[x, x.square()], [x, x.exp(), x]], **group)
    yield "DAC", codec.discriminator_loss(*audio) + sum(codec.generator_loss(*audio))
    yield "Vocos", vocos.DiscriminatorLoss(**group)([r, f], [f, r])[0] + vocos.GeneratorLoss(**group)([f, r])[0]
    yield "Vocos, features", vocos.FeatureMatchingLoss(**group)([[r, f]], [[f, r]])
    yield "AudioCraft", audiocraft.get_real_criterion("hinge", **group)(r) + audiocraft.get_fake_criterion("mse", **group)(f)
    yield "AudioCraft, G", audiocraft.get_adv_criterion("hinge2", **group)(f)
    yield "taming", taming.hinge_d_loss(r, f, **group) + taming.vanilla_d_loss(r, f, **group)
    yield "LlamaGen", llamagen.non_saturating_d_loss(r, f, **group) + llamagen.hinge_gen_loss(f, **group)
    yield "LlamaGen, G", llamagen.non_saturating_gen_loss(f, **group)
    x = images.detach().requires_grad_()
    yield "AMP", amp.disc_loss(f, r, **group) + amp.disc_grad_penalty(x.square().flatten(1).sum(1), x, **group).detach()
    yield "TRL", trl.dpo_loss(r, f, 0.5, "exo_pair", 0.1, **group) + trl.reward_loss(r, f, f.abs(), 0.01, **group)
    yield "StyleGAN2", stylegan2.d_logistic_loss(r, f, **group) + stylegan2.g_nonsaturating_loss(f, **group)


def of_r3gan(noise, images, **group):
    """The gradient by the critic."""
    generator, critic = (
        nn.Identity(),
        nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1), nn.Flatten(0)).double(),
    )
    with torch.no_grad():
        for p in critic.parameters():
            p.copy_(torch.cos(torch.arange(p.numel()).double()).reshape(p.shape))
    training = r3gan.AdversarialTraining(lambda z, _: generator(z), lambda x, _: critic(x), **group)
    training.AccumulateDiscriminatorGradients(noise, images, None, Gamma=2.0)
    return torch.cat([torch.zeros(p.numel()) if p.grad is None else p.grad.reshape(-1) for p in critic.parameters()])


def drop_ins(part):
    """(name, expected, got) of a part of the batch, on each process."""
    whole, group = cases(REAL, FAKE, IMAGES, {}), {"group": "world"}
    for (name, expected), (_, got) in zip(whole, cases(REAL[part], FAKE[part], IMAGES[part], group), strict=True):
        yield name, expected, got
    gradient = of_r3gan(IMAGES[part], 2.0 * IMAGES[part], **group)
    torch.distributed.all_reduce(gradient)
    yield "R3GAN", of_r3gan(IMAGES, 2.0 * IMAGES), gradient / torch.distributed.get_world_size()
