"""Witnesses of recipes: image-to-image translation, from the authors' trainers; the form is that of `witnesses_recipes_images`.

`critic` sees the condition too (labels, edges, the input image): it is inside.
"""

import torch
import torch.nn.functional as F

# ---- junyanz/pytorch-CycleGAN-and-pix2pix models/cycle_gan_model.py


def d_cyclegan(critic, real, fake):
    """backward_D_basic with gan_mode lsgan: half of the sum of the two means.

    The same for each of the two critics, in one optimiser step. Outside: fakes come from a pool of 50 old ones; G's step is
    first; Adam 2e-4, beta1 0.5, linear decay from epoch 100; instance norm.
    """
    r, f = critic(real), critic(fake.detach())
    return {"real": 0.5 * F.mse_loss(r, torch.ones_like(r)), "fake": 0.5 * F.mse_loss(f, torch.zeros_like(f))}


def g_cyclegan(critic, fake, *, cycle, identity, lambda_cycle=10.0, lambda_identity=0.5):
    """backward_G, one direction of two whose sum is minimised: lambda_A and lambda_B 10, lambda_identity 0.5 of them.

    cycle: mean |back(fake) - source|; identity: mean |G(real) - real|, G of an image of its target domain. The least squares of
    G are not halved.
    """
    logits = critic(fake)
    return {
        "adversarial": F.mse_loss(logits, torch.ones_like(logits)),
        "cycle": lambda_cycle * cycle(fake),
        "identity": lambda_cycle * lambda_identity * identity(fake),
    }


# ---- junyanz/pytorch-CycleGAN-and-pix2pix models/pix2pix_model.py


def d_pix2pix(critic, real, fake):
    """backward_D with gan_mode vanilla: half of the sum of the two cross-entropies over the patches.

    Outside: D's step is first; pool_size 0; Adam 2e-4, beta1 0.5; batch norm and dropout in G.
    """
    r, f = critic(real), critic(fake.detach())
    return {
        "fake": 0.5 * F.binary_cross_entropy_with_logits(f, torch.zeros_like(f)),
        "real": 0.5 * F.binary_cross_entropy_with_logits(r, torch.ones_like(r)),
    }


def g_pix2pix(critic, fake, *, pixel, lambda_pixel=100.0):
    """backward_G: non-saturating cross-entropy, and lambda_L1 100 times mean |fake - real|."""
    f = critic(fake)
    return {
        "adversarial": F.binary_cross_entropy_with_logits(f, torch.ones_like(f)),
        "pixel": lambda_pixel * pixel(fake),
    }


# ---- NVIDIA/pix2pixHD models/pix2pixHD_model.py forward, models/networks.py GANLoss, train.py


def _features(fake, real, weight):
    return sum(weight * F.l1_loss(a, b.detach()) for x, y in zip(fake, real, strict=True) for a, b in zip(x, y, strict=True))


def d_pix2pixhd(critic, real, fake):
    """Least squares summed over the num_D 2 critics of two scales, halved in train.py.

    critic: (logits of each scale, [[inner maps] of each scale]); the original's list of a scale ends with its logits. Outside:
    one forward for both players, G's step first; pool_size 0; Adam 2e-4, beta1 0.5; linear decay from epoch 100.
    """
    r, f = critic(real)[0], critic(fake.detach())[0]
    return {"fake": 0.5 * sum((t**2).mean() for t in f), "real": 0.5 * sum(((t - 1) ** 2).mean() for t in r)}


def g_pix2pixhd(critic, fake, *, real, perceptual, lambda_feat=10.0, n_layers=3):
    """Least squares summed over scales, not halved; features 10 (4 / (n_layers_D + 1)) / num_D: 1 for n_layers_D 3; VGG 10.

    The real side of the features is detached. perceptual: sum over five VGG layers, weighted 1/32 to 1, of L1. The weight of
    both is lambda_feat.
    """
    logits, maps = critic(fake)
    weight = lambda_feat * 4.0 / (n_layers + 1) / len(maps)
    return {
        "adversarial": sum(((t - 1) ** 2).mean() for t in logits),
        "features": _features(maps, critic(real)[1], weight),
        "perceptual": lambda_feat * perceptual(fake),
    }


# ---- NVlabs/SPADE models/pix2pix_model.py and models/networks/loss.py, gan_mode hinge


def d_spade(critic, real, fake):
    """Hinge, a mean over the two scales, not halved; fakes and reals go through D in one batch.

    Outside: learning rates of G 1e-4 and of D 4e-4 (TTUR: 2e-4 halved and doubled), betas 0 and 0.9; spectral norm;
    D_steps_per_G 1, G's step first.
    """
    f, r = _spade_pass(critic, fake.detach(), real)
    return {
        "fake": sum(-torch.clamp(-t - 1, max=0).mean() for t in f[0]) / len(f[0]),
        "real": sum(-torch.clamp(t - 1, max=0).mean() for t in r[0]) / len(r[0]),
    }


def _spade_pass(critic, fake, real):
    logits, maps = critic(torch.cat([fake, real]))
    n = len(fake)
    return (
        ([t[:n] for t in logits], [[m[:n] for m in ms] for ms in maps]),
        ([t[n:] for t in logits], [[m[n:] for m in ms] for ms in maps]),
    )


def g_spade(critic, fake, *, real, perceptual, kld=None, lambda_feat=10.0, lambda_vgg=10.0, lambda_kld=0.05):
    """The mean over scales of minus the mean logit; features lambda_feat / num_D for each map, no 4 / (layers + 1); VGG 10.

    The real side of the features is detached. kld (of the encoder, summed over the batch) only with use_vae, which is off.
    """
    (logits, maps), (_, true) = _spade_pass(critic, fake, real)
    terms = {
        "adversarial": sum(-t.mean() for t in logits) / len(logits),
        "features": _features(maps, true, lambda_feat / len(maps)),
        "perceptual": lambda_vgg * perceptual(fake),
    }
    return terms if kld is None else {**terms, "kld": lambda_kld * kld(fake)}


# ---- boschresearch/OASIS models/models.py, OASIS_model.forward, and models/losses.py, losses_computer


def _oasis(logits, labels, for_real, dont_care=True):
    """Cross-entropy of N + 1 classes: 0 is fake, 1 + n is class n; `for_real` the mean of losses times the class's balance."""
    classes = labels.argmax(1)
    if not for_real:
        return F.cross_entropy(logits, torch.zeros_like(classes))
    occurrence = labels.sum((0, 2, 3))
    if dont_care:
        occurrence[0] = 0
    coefficients = occurrence.reciprocal() * labels.numel() / ((occurrence > 0).sum() * labels.shape[1])
    if dont_care:
        coefficients[0] = 0
    return (F.cross_entropy(logits, classes + 1, reduction="none") * coefficients[classes]).mean()


def d_oasis(critic, real, fake, *, labels, mask, labelmix=10.0, dont_care=True):
    """N + 1 classes for each pixel, and LabelMix: the mixed image's logits against the mix of logits, squared, mean over all.

    critic: image to (B, N + 1, H, W); labels (B, N, H, W) one-hot, whose channel 0 is "unknown" and weighs nothing in all three
    data sets; coefficients are pixels / (present classes times pixels of the class), by this batch; a mean over all pixels, the
    ignored too. mask (B, 1, H, W): 1 where the real is taken, one coin for each class of the batch, "unknown" too. LabelMix has
    a gradient through all three forwards. Outside: one step each, G's first; learning rates of G 1e-4 and of D 4e-4,
    betas 0 and 0.999; EMA 0.9999; spectral norm.
    """
    fake = fake.detach()
    f, r = critic(fake), critic(real)
    mixed = critic(mask * real + (1 - mask) * fake)
    return {
        "fake": _oasis(f, labels, False),
        "real": _oasis(r, labels, True, dont_care),
        "labelmix": labelmix * F.mse_loss(mask * r + (1 - mask) * f, mixed),
    }


def g_oasis(critic, fake, *, labels, perceptual=None, lambda_vgg=10.0, dont_care=True):
    """The reals' loss on the fakes, balanced; the VGG term only with --add_vgg_loss, which is off."""
    terms = {"adversarial": _oasis(critic(fake), labels, True, dont_care)}
    return terms if perceptual is None else {**terms, "perceptual": lambda_vgg * perceptual(fake)}
