"""Witnesses of recipes: generators of one step or few; the form is that of `witnesses_recipes_images`."""

import torch
import torch.nn.functional as F

# ---- tianweiy/DMD2 main/sd_guidance.py SDGuidance, main/train_sd.py train_one_step


def d_dmd2(critic, real, fake, *, denoising, cls_weight=1e-2):
    """The guidance step: the fake score's denoising loss on the fakes, weight 1, and the logistic loss times 1e-2.

    critic: latents to (B, 1), the fake score network's bottleneck and a head; with diffusion_gan it adds noise at a random step
    below 1000 to each input itself. denoising is compute_loss_fake of the detached fakes. Numbers of the SDXL scripts. Outside:
    this step every time, G's in each fifth (dfake_gen_update_ratio 5; SD 1.5: 10), before it, on the same fakes; AdamW 5e-7,
    betas 0.9 and 0.999, for both; gradients clipped to 10.
    """
    fake = fake.detach()
    adversarial = F.softplus(critic(fake)).mean() + F.softplus(-critic(real.detach())).mean()
    return {"denoising": denoising(fake), "adversarial": cls_weight * adversarial}


def g_dmd2(critic, fake, *, distribution_matching, dm_weight=1.0, cls_weight=5e-3):
    """loss_dm, with its half and its normaliser inside, and non-saturating times 5e-3 (SD 1.5: 1e-3, ImageNet: 3e-3)."""
    return {
        "distribution_matching": dm_weight * distribution_matching(fake),
        "adversarial": cls_weight * F.softplus(-critic(fake)).mean(),
    }


# ---- Seaweed-APT, arXiv 2501.08316: from the paper, there is no code


def d_apt(critic, real, fake, *, noise, weight=100.0, sigma=0.01):
    """Non-saturating logistic and the approximated R1: weight mean (D(x) - D(x + sigma n))^2, *not* over sigma^2, no half.

    Paper only (its section on the approximated R1): sigma 0.01 for images and 0.1 for videos, weight 100, in every step of D;
    critic gives one logit for a sample, at a random diffusion time that it draws inside, the same for both inputs; that D and G
    weigh their means alike is from memory. Outside, from memory: RMSProp with alpha 0.9 (Adam with betas 0 and 0.9), 5e-6 for
    images and 3e-6 for videos; EMA 0.995; D's and G's steps by turns.
    """
    r, f = critic(real), critic(fake.detach())
    return {
        "real": F.softplus(-r).mean(),
        "fake": F.softplus(f).mean(),
        "approximate_r1": weight * (r - critic(real + sigma * noise)).square().mean(),
    }


def g_apt(critic, fake):
    """Non-saturating logistic."""
    return {"adversarial": F.softplus(-critic(fake)).mean()}


# ---- ByteDance-Seed/Adversarial-Flow-Models train_adversarial_flow_imagenet.py training_step, grad_norm.py


def d_afm(critic, real, fake, *, noise_real, noise_fake, source, target, gp=0.25, ratio=0.25, eps=0.01, cp=0.01):
    """Pairs; finite differences on the first quarter of the batch, weighted by the time that is crossed; and (r + f)^2.

    configs/train/afm/train_afm_1nfe.yaml: gp_scale 0.25 without a half, gp_bsz_ratio 0.25 (round, at least 1), gp_eps 0.01,
    cp_scale 0.01, no augmentation. source and target are the times (B,), 1 and 0 for one step; a sample's weight is |source -
    target|, at least 0.001. One forward of all; labels and target times are inside of critic. Outside: one D and one G step by
    turns, each with data of its own; AdamW 1e-4, betas 0 and 0.9, weight decay 0.01; EMA 0.9999; VAE latents.
    """
    fake = fake.detach()
    n = len(real)
    k = max(round(n * ratio), 1)
    weight = (source - target).abs().clamp(min=0.001)[:k]
    inputs = [real, fake, real[:k] + eps * noise_real[:k], fake[:k] + eps * noise_fake[:k]]
    r, f, r_near, f_near = (t.flatten() for t in critic(torch.cat(inputs)).split([n, n, k, k]))
    return {
        "adversarial": F.softplus(-(r - f)).mean(),
        "r1": ((r_near - r[:k]).square() * gp * weight / eps**2).mean(),
        "r2": ((f_near - f[:k]).square() * gp * weight / eps**2).mean(),
        "centring": cp * (r + f).square().mean(),
    }


def g_afm(critic, fake, *, real, latents, source, target, square_average, ot=0.2, decay=0.9, eps=1e-8):
    """Pairs through a gradient normaliser, and the transport's cost: mean over pixels of (fake - latents)^2, ot / weight.

    ot falls by a cosine from 0.2 to 0.005 within 1,000,000 steps. latents are the generator's input at the source time. On its
    way from D to the fakes the adversarial gradient g is divided by sqrt(v) + 1e-8, v <- v + 0.1 (sum(g^2) numel(g) - v), from
    0, not corrected for its bias: sqrt(10) times too large at first. The real side has logits with no use for their gradient.
    """
    adversarial = F.softplus(-(critic(fake) - critic(real)).flatten()).mean()
    (g,) = torch.autograd.grad(adversarial, fake, retain_graph=True)
    after = square_average + (1 - decay) * (g.square().sum() * g.numel() - square_average)
    through = (fake * (g / (after.sqrt() + eps))).sum()
    weight = (source - target).abs().clamp(min=0.001)
    return {
        # The value of the loss, and the normalised gradient by the fakes.
        "adversarial": adversarial.detach() + through - through.detach(),
        "transport": ((fake - latents).square().flatten(1).mean(1) * ot / weight).mean(),
        "state:square_average": after,
    }


# ---- hse1032/GAT losses/Rp_PT_loss.py RpGANPTLoss (Rp_loss.py without a teacher), train.py, scripts/train_256_B2.sh


def d_gat(critic, real, fake, *, noise_real, noise_fake, distillation=None, gamma=0.1, sigma=0.01, proj_coeff=1.0):
    """Pairs; finite differences on all reals and on all fakes in every step: gamma / 2 ((D(x) - D(x + sigma n)) / sigma)^2.

    critic: image to (B, logits), augmentation, scales and their noise inside; the second forward has the parameters of the
    first, and sigma n is added before them. A mean over logits, then over samples. distillation: of the reals, 1 - cosine of
    D's and DINOv2's class token plus the mean over patches, weight 1; none with enc_type None. Outside: one step each, D's
    first, the same reals; AdamW 2e-4 (times 768 / width), betas 0 and 0.99; gradients clipped to 1; bf16; EMA 0.999.
    """
    fake = fake.detach()
    r, f = critic(real), critic(fake)
    terms = {
        "adversarial": F.softplus(-(r - f)).mean(-1).mean(),
        "r1": gamma / 2 * ((r - critic(real + sigma * noise_real)) / sigma).square().mean(-1).mean(),
        "r2": gamma / 2 * ((f - critic(fake + sigma * noise_fake)) / sigma).square().mean(-1).mean(),
    }
    return terms if distillation is None else {**terms, "distillation": proj_coeff * distillation(real)}


def g_gat(critic, fake, *, real):
    """The pairs exchanged; the reals' logits have no gradient."""
    return {"adversarial": F.softplus(-(critic(fake) - critic(real).detach())).mean(-1).mean()}
