"""Witnesses of recipes: tokenizers with an adversarial term; the form is that of `witnesses_recipes_images`.

`step` is the original's global step, and `disc_start` its first with a discriminator.
"""

import torch
import torch.nn.functional as F

# ---- CompVis/taming-transformers taming/modules/losses/vqperceptual.py, VQLPIPSWithDiscriminator.forward


def d_vqgan(critic, real, fake, *, step, disc_start=250001, disc_factor=1.0):
    """optimizer_idx 1: half of the hinge, times disc_factor 1, or 0 before disc_start.

    configs/imagenet_vqgan.yaml: disc_start 250001 (custom_vqgan 10000, faceshq_vqgan 30001). disc_weight is not in D's loss.
    Outside: G's step is first; Adam 4.5e-6 times batch and devices, betas 0.5 and 0.9; D runs before disc_start too, with
    gradients of 0.
    """
    factor = 0.0 if step < disc_start else disc_factor
    loss = factor * 0.5
    return {
        "real": loss * F.relu(1.0 - critic(real.detach())).mean(),
        "fake": loss * F.relu(1.0 + critic(fake.detach())).mean(),
    }


def g_vqgan(
    critic, fake, *, last_layer, pixel, perceptual, codebook, step, disc_start=250001, disc_weight=0.8, disc_factor=1.0
):
    """optimizer_idx 0: minus the mean logit times disc_weight 0.8, disc_factor and the adaptive weight.

    The adaptive weight is the norm of the gradient by last_layer (the decoder's last weight, not its bias) of L1 plus LPIPS,
    over that of the mean logit plus 1e-4, clamped to 0 and 1e4, detached. disc_weight comes after the clamp. pixel is mean
    |fake - real|, perceptual the mean LPIPS, both with weight 1, codebook with codebook_weight 1 and not in the norm.
    """
    l1, lpips, adversarial = pixel(fake), perceptual(fake), -critic(fake).mean()
    (a,) = torch.autograd.grad(l1 + lpips, last_layer, retain_graph=True)
    (b,) = torch.autograd.grad(adversarial, last_layer, retain_graph=True)
    weight = torch.clamp(a.norm() / (b.norm() + 1e-4), 0.0, 1e4).detach() * disc_weight
    factor = 0.0 if step < disc_start else disc_factor
    return {"pixel": l1, "perceptual": lpips, "adversarial": weight * factor * adversarial, "codebook": codebook(fake)}


# ---- FoundationVision/LlamaGen tokenizer/tokenizer_image/vq_loss.py, VQLoss.forward, and vq_train.py


def d_llamagen(critic, real, fake, *, step, disc_start=20000, disc_weight=0.5):
    """Half of the hinge (disc_loss's default), times disc_weight 0.5, which is in D's loss too; 0 before disc_start.

    step is the number of the step from 1. Outside: G's step is first; Adam 1e-4, betas 0.9 and 0.95;
    gradients of both are clipped to a norm of 1; bf16.
    """
    weight = 0.0 if step < disc_start else disc_weight
    r, f = critic(real.detach()), critic(fake.detach())
    return {"real": weight * 0.5 * F.relu(1.0 - r).mean(), "fake": weight * 0.5 * F.relu(1.0 + f).mean()}


def g_llamagen(critic, fake, *, pixel, perceptual, codebook, step, disc_start=20000, disc_weight=0.5):
    """Minus the mean logit times disc_weight; disc_adaptive_weight is off.

    pixel is the mean *squared* error (reconstruction_loss l2), weight 1; LPIPS 1; codebook the sum of the quantiser's three
    terms (codebook, commitment with 0.25 inside, entropy with ratio 0).
    """
    weight = 0.0 if step < disc_start else disc_weight
    return {
        "pixel": pixel(fake),
        "perceptual": perceptual(fake),
        "adversarial": weight * -critic(fake).mean(),
        "codebook": codebook(fake),
    }


# ---- google-research/magvit videogvt/trainers/vqgan_trainer.py, train_g_d, and videogvt/train_lib/losses.py


def d_magvit(critic, real, fake, *, ema_real, ema_fake, lecam_weight=0.0, grad_penalty_cost=10.0, decay=0.999):
    """Logistic, R1 in every step times 10 without a half, and LeCam of the two batches' *mean* logits.

    configs/vqgan2d_ucf101_config.py, on which vqgan3d_ucf101 stands: loss_type non-saturating, grad_penalty_cost 10.
    lecam_weight is in no published config (0); the paper has LeCam, 0.001 from memory. LeCam has the averages from before
    the step, which start at 0, and no halves; they move by polyak_decay 0.999, and only where lecam_weight is above 0. Outside:
    both players' gradients are of one forward of the same fakes (simultaneous); AdamW 1e-4, betas 0 and 0.99; EMA 0.999.
    """
    real = real.detach().requires_grad_(True)
    r, f = critic(real), critic(fake.detach())
    (gradient,) = torch.autograd.grad(r.sum(), real, create_graph=True)
    terms = {
        "real": F.softplus(-r).mean(),
        "fake": F.softplus(f).mean(),
        "r1": grad_penalty_cost * gradient.square().flatten(1).sum(1).mean(),
    }
    if lecam_weight > 0:
        terms["lecam"] = lecam_weight * (F.relu(r.mean() - ema_fake) ** 2 + F.relu(ema_real - f.mean()) ** 2)
        ema_real = ema_real * decay + (1 - decay) * r.mean().detach()
        ema_fake = ema_fake * decay + (1 - decay) * f.mean().detach()
    return {**terms, "state:ema_real": ema_real, "state:ema_fake": ema_fake}


def g_magvit(critic, fake, *, pixel, perceptual, codebook, adversarial_weight=0.1, perceptual_weight=0.1):
    """Non-saturating logistic times 0.1; pixel is the mean squared error, weight 1; perceptual times 0.1.

    perceptual is the mean squared difference of a classifier's *logits* (ResNet-50, perceptual_loss_on_logit), frame by frame;
    codebook the quantiser's loss with its commitment (0.25) and entropy (0.1) inside.
    """
    return {
        "pixel": pixel(fake),
        "adversarial": adversarial_weight * F.softplus(-critic(fake)).mean(),
        "perceptual": perceptual_weight * perceptual(fake),
        "codebook": codebook(fake),
    }
