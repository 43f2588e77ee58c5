"""Witnesses of recipes: what the trainers of today's image GANs minimise in one step of D and one of G, from their source.

Each function returns terms by name, each times its weight in the original; their sum is what the original differentiates, and
keys that begin with "state:" are no terms but states after the step. `critic` is the original's discriminator with its labels,
augmentation and blur inside; `fake` is what the generator made, `real` the data. All that is random is an argument.
"""

import math

import torch
import torch.nn.functional as F


def _squared_gradient(output, x):
    """The squared norm of each sample's gradient, with a graph."""
    (gradient,) = torch.autograd.grad(output.sum(), x, create_graph=True)
    return gradient.square().flatten(1).sum(1)


# ---- brownvc/R3GAN R3GAN/Trainer.py, AdversarialTraining


def d_r3gan(critic, real, fake, *, gamma=150.0):
    """AccumulateDiscriminatorGradients: each real with the fake of its row, and both penalties, halved, in every step.

    train.py, preset FFHQ-256: gamma falls by a cosine from 150 to 15 within 20 million images (FFHQ-64 2 to 0.2, CIFAR-10 0.05
    to 0.005, ImageNet-32 0.5 to 0.05, ImageNet-64 1 to 0.1). Gradients are by the images before the augmentation. Outside:
    Adam with betas 0 and 0.9 to 0.99, learning rate 2e-4 to 5e-5, EMA, ADA's pipe with p 0 to 0.3 by schedule.
    """
    real = real.detach().requires_grad_(True)
    fake = fake.detach().requires_grad_(True)
    r, f = critic(real), critic(fake)
    return {
        "adversarial": F.softplus(-(r - f)).mean(),
        "r1": gamma / 2 * _squared_gradient(r, real).mean(),
        "r2": gamma / 2 * _squared_gradient(f, fake).mean(),
    }


def g_r3gan(critic, fake, *, real):
    """AccumulateGeneratorGradients: the same pairs with the players exchanged."""
    return {"adversarial": F.softplus(-(critic(fake) - critic(real.detach()))).mean()}


# ---- NVlabs/stylegan2-ada-pytorch training/loss.py, StyleGAN2Loss.accumulate_gradients, and training/training_loop.py


def d_stylegan2(critic, real, fake, *, gamma=10.0, interval=16):
    """Phases Dmain and Dreg: logistic, and R1 times a half and times the interval.

    train.py, cfg stylegan2: gamma 10, D_reg_interval 16; Dreg is an optimiser step of its own after Dmain's, on the same reals,
    in every sixteenth step from the first. Outside: Adam 0.002 with betas 0 and 0.99, learning rate times and betas to the
    power of 16/17 because of the second step; EMA of 10,000 images; gradients that are not finite become 0 or 1e5.
    """
    real = real.detach().requires_grad_(True)
    r, f = critic(real), critic(fake.detach())
    return {
        "real": F.softplus(-r).mean(),
        "fake": F.softplus(f).mean(),
        "r1": interval * gamma / 2 * _squared_gradient(r, real).mean(),
    }


def g_stylegan2(critic, fake, *, generator, latents, noise, mean, weight=2.0, decay=0.01, interval=4):
    """Phases Gmain and Greg: non-saturating logistic, and the path length times its weight 2 and the interval.

    latents are ws (B, layers, width) of half a batch of other z (pl_batch_shrink 2), generator the synthesis network, noise of
    the images' shape from a standard normal. Greg is an optimiser step of its own in every fourth step (Adam: 4/5). The mean in
    the penalty is that after the update and has a gradient: a hundredth of these lengths' mean.
    """
    if not latents.requires_grad:
        latents = latents.detach().requires_grad_(True)
    images = generator(latents)
    (gradient,) = torch.autograd.grad(
        (images * noise / math.sqrt(images.shape[2] * images.shape[3])).sum(), latents, create_graph=True
    )
    lengths = gradient.square().sum(2).mean(1).sqrt()
    after = mean + decay * (lengths.mean() - mean)
    return {
        "adversarial": F.softplus(-critic(fake)).mean(),
        "path_length": interval * weight * (lengths - after).square().mean(),
        "state:mean": after.detach(),
    }


def d_stylegan2_ada(critic, real, fake, *, p, signs, gamma=1.0, interval=16, target=0.6, ada_interval=4, ada_kimg=500):
    """The same losses with cfg paper256 (gamma 1; cfg auto: 0.0002 res^2 / batch), and p of the augmentation after the step.

    p moves in each fourth step by batch 4 / 500,000 towards more augmentation where the mean of sign(r) is above 0.6, else
    towards less (not at all where equal), and never below 0; above 1 it may go. signs: those of the reals since p last moved,
    without this batch (Dreg reports the signs of its batch once more). critic augments reals and fakes with p. Outside: Adam
    0.0025; EMA of 20,000 images; the three losses and phases of StyleGAN2.
    """
    terms = d_stylegan2(critic, real, fake, gamma=gamma, interval=interval)
    heuristic = torch.cat([signs.flatten(), critic(real).detach().sign().flatten()]).mean()
    step = (heuristic - target).sign() * len(real) * ada_interval / (ada_kimg * 1000)
    return {**terms, "state:p": (p + step).clamp(min=0)}


def g_stylegan2_ada(critic, fake, *, generator, latents, noise, mean):
    """As StyleGAN2's."""
    return g_stylegan2(critic, fake, generator=generator, latents=latents, noise=noise, mean=mean)


# ---- NVlabs/stylegan3 training/loss.py, StyleGAN2Loss.accumulate_gradients, and train.py


def d_stylegan3(critic, real, fake, *, p, signs, gamma=8.2, interval=16):
    """As StyleGAN2-ADA's, lazy every 16 steps in a step of its own, and p by the same rule: --aug=ada is the default.

    gamma must be given; 8.2 is train.py's example for stylegan3-t on AFHQv2 at 512 pixels. p was left out here at first, and
    came in from training_loop.py, which has the target 0.6, ada_interval 4 and ada_kimg 500. Outside: stylegan3-r blurs the
    images that D sees for the first 200 batch / 32 thousand (sigma from 10 to 0); learning rates
    0.0025 for G and 0.002 for D, betas 0 and 0.99, D's to the power of 16/17.
    """
    return d_stylegan2_ada(critic, real, fake, p=p, signs=signs, gamma=gamma, interval=interval)


def g_stylegan3(critic, fake):
    """The adversarial term alone: pl_weight is 0 for stylegan3-t and -r."""
    return {"adversarial": F.softplus(-critic(fake)).mean()}


# ---- autonomousvision/stylegan-t training/loss.py, ProjectedGANLoss.accumulate_gradients


def d_stylegan_t(critic, real, fake):
    """Hinge over all tokens' logits of all five heads in one tensor (B, logits), divided by the batch besides the mean.

    The batch is that of one forward (--batch-gpu 8): a mean that is divided once more by it. Outside: Adam 0.002, betas 0 and
    0.99; EMA; blur of 32 pixels that fades within 1,000,000 images; differentiable augmentation inside D; DINO's features
    frozen; D's heads have batch norm over groups of 8.
    """
    r, f = critic(real.detach()), critic(fake.detach())
    return {"fake": F.relu(1 + f).mean() / len(real), "real": F.relu(1 - r).mean() / len(real)}


def g_stylegan_t(critic, fake, *, clip, clip_weight=0.2):
    """The mean logit divided by the batch once more, and the squared angle to the text's embedding, which is not divided so.

    clip: the mean of arccos(cosine)^2 of the image's and the text's CLIP embedding. clip_weight is 0 in train.py (there is
    then no such term); 0.2 is the paper's, from memory.
    """
    return {"adversarial": -critic(fake).mean() / len(fake), "clip": clip_weight * clip(fake)}


# ---- lucidrains/gigagan-pytorch gigagan_pytorch/gigagan_pytorch.py, GigaGAN.train_discriminator_step and _generator_step


def _gigagan_hinge(real, fake):
    return (F.relu(1 + real) + F.relu(1 - fake)).mean()


def d_gigagan(
    critic, real, fake, *, mismatched=None, auxiliary=None, multiscale=0.1, weight=10.0, matching=0.1, reconstruction=1.0
):
    """Hinge on the last logits and a tenth of the sum over the inner scales; R1 and R2 times 10 without a half.

    critic: image to [logits, logits of a scale, ...], high for reals as everywhere here; the original's are low for reals, so
    that it reads them negated. Defaults of the class: a penalty every 4 steps, in the same optimiser step and not multiplied
    by 4; its gradient is that of the sum of logits plus 0.1 times that of each scale's, by the images alone (the fakes' smaller
    copies are inputs of their own; the reals' are made of the image).
    mismatched: critic with the texts rolled by one, only where there are texts, on its last logits; reals and fakes with wrong
    texts are both fakes. (The code rolls a list and then groups another: what D sees is the batch's own texts, so that
    `mismatched` is `critic` there, without augmentation.) auxiliary: of the reals, the sum of the decoders' mean squared
    errors. No vision-aided critic by default. The paper has other numbers and no code.
    Outside: Adam 2e-4, betas 0.5 and 0.9; EMA every 10 steps.
    """
    real = real.detach().requires_grad_(True)
    fake = fake.detach().requires_grad_(True)
    r, f = [[-t for t in critic(x)] for x in (real, fake)]

    def penalty(outputs, x):
        weights = [1.0] + [multiscale] * (len(outputs) - 1)
        (gradient,) = torch.autograd.grad(
            outputs, x, [torch.full_like(o, w) for o, w in zip(outputs, weights, strict=True)], create_graph=True
        )
        return weight * gradient.flatten(1).norm(dim=1).square().mean()

    terms = {
        "adversarial": _gigagan_hinge(r[0], f[0]),
        "multiscale": multiscale * sum(_gigagan_hinge(a, b) for a, b in zip(r[1:], f[1:], strict=True)),
        "r1": penalty(r, real),
        "r2": penalty(f, fake),
    }
    if auxiliary is not None:
        terms["reconstruction"] = reconstruction * auxiliary(real)
    if mismatched is not None:
        wrong = [-mismatched(x)[0] for x in (real.detach(), fake.detach())]
        terms["matching"] = matching * sum((1 + (-t).exp()).log() for t in wrong).mean()
    return terms


def g_gigagan(critic, fake, *, contrastive=None, multiscale=0.1, contrastive_weight=0.1):
    """The mean of the last logits and a tenth of the sum of the scales' means; CLIP's contrastive loss with texts."""
    last, *scales = [-t for t in critic(fake)]
    terms = {"adversarial": last.mean(), "multiscale": multiscale * sum(t.mean() for t in scales)}
    if contrastive is not None:
        terms["contrastive"] = contrastive_weight * contrastive(fake)
    return terms


# ---- autonomousvision/projected-gan training/loss.py, ProjectedGANLoss.accumulate_gradients


def d_projected_gan(critic, real, fake):
    """Hinge over the logits of the four critics in one tensor (B, logits): a critic of a larger map counts for more.

    No penalty: the phases Dreg and Greg return at once. Outside: Adam 0.0002 (FastGAN), betas 0 and 0.99; G's step first; EMA;
    features frozen behind random projections; differentiable augmentation inside D; optional blur.
    """
    return {"fake": F.relu(1 + critic(fake.detach())).mean(), "real": F.relu(1 - critic(real.detach())).mean()}


def g_projected_gan(critic, fake):
    """The mean over the same tensor."""
    return {"adversarial": -critic(fake).mean()}
