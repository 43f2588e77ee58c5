"""Witnesses of recipes: super-resolution; the form is that of `witnesses_recipes_images`."""

import torch
import torch.nn.functional as F


def _bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


# ---- XPixelGroup/BasicSR basicsr/models/esrgan_model.py optimize_parameters, options/train/ESRGAN/train_ESRGAN_x4.yml


def d_esrgan(critic, real, fake):
    """Relativistic average, each side halved, with the *means detached*: the other side's mean has no gradient.

    A forward of the fakes for the reals' mean, and another with a gradient. Outside: G's step is first, on the same output;
    Adam 1e-4, betas 0.9 and 0.99, halved at 50, 100, 200 and 300 thousand steps; EMA 0.999; G starts from L1 training.
    """
    fake = fake.detach()
    r = critic(real)
    return {
        "real": 0.5 * _bce(r - critic(fake).detach().mean(), 1.0),
        "fake": 0.5 * _bce(critic(fake) - r.detach().mean(), 0.0),
    }


def g_esrgan(critic, fake, *, real, pixel, perceptual, gan_weight=5e-3, pixel_weight=1e-2, perceptual_weight=1.0):
    """Half of both sides exchanged times 5e-3; the reals' logits are detached, the fakes' mean is not; L1 1e-2, VGG 1."""
    r, f = critic(real).detach(), critic(fake)
    return {
        "pixel": pixel_weight * pixel(fake),
        "perceptual": perceptual_weight * perceptual(fake),
        "adversarial": (gan_weight * _bce(r - f.mean(), 0.0) + gan_weight * _bce(f - r.mean(), 1.0)) / 2,
    }


# ---- xinntao/Real-ESRGAN realesrgan/models/realesrgan_model.py optimize_parameters, options/train_realesrgan_x4plus.yml


def d_realesrgan(critic, real, fake):
    """Cross-entropy for each pixel of the U-Net, not halved, without a weight; not relativistic.

    real is not sharpened (gan_gt_usm False), while L1 and VGG see the sharpened one. Outside: G's step is first; Adam 1e-4,
    betas 0.9 and 0.99; EMA 0.999; spectral norm.
    """
    return {"real": _bce(critic(real), 1.0), "fake": _bce(critic(fake.detach()), 0.0)}


def g_realesrgan(critic, fake, *, pixel, perceptual, gan_weight=0.1, pixel_weight=1.0, perceptual_weight=1.0):
    """Non-saturating cross-entropy times 0.1, L1 1, VGG 1 (its layers are weighted 0.1, 0.1, 1, 1, 1 inside)."""
    return {
        "pixel": pixel_weight * pixel(fake),
        "perceptual": perceptual_weight * perceptual(fake),
        "adversarial": gan_weight * _bce(critic(fake), 1.0),
    }
