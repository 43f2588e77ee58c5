"""Witnesses of recipes: vocoders and codecs; the form is that of `witnesses_recipes_images`.

critic: audio to (logits of each sub-discriminator, [[feature maps] of each]), with the maps that the original matches.
"""

import torch


def _distances(fake, real):
    """Of each map, head by head, the mean absolute difference."""
    return [[(a - b).abs().mean() for a, b in zip(x, y, strict=True)] for x, y in zip(fake, real, strict=True)]


# ---- jik876/hifi-gan train.py and models.py, discriminator_loss, generator_loss, feature_loss


def d_hifigan(critic, real, fake):
    """Least squares, summed over all sub-discriminators of both families (5 periods, 3 scales), no half.

    Outside: config_v1.json: D's step is first; AdamW 2e-4, betas 0.8 and 0.99, 0.999 an epoch.
    """
    r, f = critic(real)[0], critic(fake.detach())[0]
    return {"real": sum(((1 - t) ** 2).mean() for t in r), "fake": sum((t**2).mean() for t in f)}


def g_hifigan(critic, fake, *, real, mel, lambda_mel=45.0, lambda_features=2.0):
    """Least squares summed over the sub-discriminators, features summed over heads and maps times 2, mel L1 times 45.

    A head's maps end with its logits. The real side has a gradient, which reaches D alone and is thrown away.
    """
    logits, maps = critic(fake)
    return {
        "adversarial": sum(((1 - t) ** 2).mean() for t in logits),
        "features": lambda_features * sum(sum(head) for head in _distances(maps, critic(real)[1])),
        "mel": lambda_mel * mel(fake),
    }


# ---- NVIDIA/BigVGAN train.py and loss.py


def d_bigvgan(critic, real, fake):
    """HiFi-GAN's, summed over 5 periods and 3 resolutions (constant-Q in v2).

    configs/bigvgan_v2_24khz_100band_256x.json. Outside: the gradient of each family clipped to 500 (1000 without a setting);
    freeze_step 0; AdamW 1e-4, betas 0.8 and 0.99, 0.9999996 a step.
    """
    return d_hifigan(critic, real, fake)


def g_bigvgan(critic, fake, *, real, mel, lambda_mel=15.0):
    """HiFi-GAN's with lambda_melloss 15 of a mel loss of seven scales; v1 has 45 and one scale. Features times 2.

    The maps of a period end with its logits, those of a constant-Q head do not.
    """
    return g_hifigan(critic, fake, real=real, mel=mel, lambda_mel=lambda_mel)


# ---- facebookresearch/audiocraft audiocraft/solvers/compression.py run_step, adversarial/losses.py, losses/balancer.py


def d_encodec(critic, real, fake):
    """Hinge, a mean over the five heads of msstftd.

    config/solver/compression/default.yaml (and encodec_base_24khz). Outside: D's step is before G's, with probability 1 /
    adversarial.every, 1; the paper says 2/3 at 24 kHz; Adam 3e-4, betas 0.5 and 0.9; EMA 0.99; max_norm 0 is no clipping.
    """
    r, f = critic(real.detach())[0], critic(fake.detach())[0]
    return {
        "fake": sum(torch.clamp(1 + t, min=0).mean() for t in f) / len(f),
        "real": sum(torch.clamp(1 - t, min=0).mean() for t in r) / len(r),
    }


def g_encodec(critic, fake, *, real, l1, msspec, totals, counts, weights=None, decay=0.999, epsilon=1e-12, total_norm=1.0):
    """The balancer's gradient by the fakes under "gradient", in place of terms, and its sums after the step.

    adv_msstftd is the mean over heads of minus the mean logit, weight 4; feat_msstftd a mean over heads of the mean over maps,
    the real side not detached, weight 4; l1 0.1; msspec 2; mel and sisnr have weight 0 and are only logged. A gradient's norm
    is the mean over the batch of each sample's; its average is a bias-corrected EMA: totals <- 0.999 totals + norm, counts <-
    0.999 counts + 1, both from 0. Each gradient is divided by its average plus 1e-12, and weighted by its share of the weights'
    sum 10.1. The values of the terms are under their names, unweighted, for the log. The quantiser's penalty has its own
    backward with weight 1, outside the balancer.
    """
    weights = weights or {"adv_msstftd": 4.0, "feat_msstftd": 4.0, "l1": 0.1, "msspec": 2.0}
    logits, maps = critic(fake)
    distances = _distances(maps, critic(real)[1])
    losses = {
        "adv_msstftd": sum(-t.mean() for t in logits) / len(logits),
        "feat_msstftd": sum(sum(head) / len(head) for head in distances) / len(distances),
        "l1": l1(fake),
        "msspec": msspec(fake),
    }
    gradient = torch.zeros_like(fake)
    totals, counts = dict(totals), dict(counts)
    for name, loss in losses.items():
        (g,) = torch.autograd.grad(loss, fake, retain_graph=True)
        totals[name] = decay * totals[name] + g.flatten(1).norm(dim=1).mean()
        counts[name] = decay * counts[name] + 1
        share = weights[name] / sum(weights.values())
        gradient = gradient + g * share * total_norm / (epsilon + totals[name] / counts[name])
    values = {name: loss.detach() for name, loss in losses.items()}
    return {"gradient": gradient, "losses": values, "state:totals": totals, "state:counts": counts}


# ---- descriptinc/descript-audio-codec dac/nn/loss.py GANLoss, scripts/train.py train_loop, conf/base.yml


def d_dac(critic, real, fake):
    """Least squares, summed over all sub-discriminators (5 periods, 3 resolutions).

    Outside: D removes the mean and scales the peak to 0.8; D's step is first; gradients of D clipped to 10, of G to 1000; AdamW
    1e-4, betas 0.8 and 0.99, 0.999996 a step.
    """
    r, f = critic(real)[0], critic(fake.detach())[0]
    return {"fake": sum((t**2).mean() for t in f), "real": sum(((1 - t) ** 2).mean() for t in r)}


def g_dac(critic, fake, *, real, mel, commitment, codebook):
    """Lambdas: adversarial 1, features 2, mel 15, commitment 0.25, codebook 1.

    Features are summed over heads and maps, the real side detached; a head's last map, its logits, is left out. stft and
    waveform are computed and have no weight.
    """
    logits, maps = critic(fake)
    true = [[m.detach() for m in head] for head in critic(real)[1]]
    return {
        "mel": 15.0 * mel(fake),
        "features": 2.0 * sum(sum(head) for head in _distances(maps, true)),
        "adversarial": sum(((1 - t) ** 2).mean() for t in logits),
        "commitment": 0.25 * commitment(fake),
        "codebook": codebook(fake),
    }


# ---- gemelo-ai/vocos vocos/experiment.py VocosExp.training_step, vocos/loss.py, configs/vocos.yaml


def _families(heads, n_periods):
    """A mean over each family, the second times mrd_loss_coeff 0.1."""
    first, second = heads[:n_periods], heads[n_periods:]
    return sum(first) / len(first) + 0.1 * sum(second) / len(second)


def d_vocos(critic, real, fake, *, n_periods):
    """Hinge: the mean over the periods' heads plus 0.1 times the mean over the resolutions'.

    The first n_periods heads are the multi-period family's (5), the others the multi-resolution family's (3). Outside: D's step
    is first, and makes fakes of its own without a gradient; AdamW 5e-4, betas 0.8 and 0.9, cosine to 0 in 1,000,000 steps.
    """
    r, f = critic(real)[0], critic(fake.detach())[0]
    return {
        "real": _families([torch.clamp(1 - t, min=0).mean() for t in r], n_periods),
        "fake": _families([torch.clamp(1 + t, min=0).mean() for t in f], n_periods),
    }


def g_vocos(critic, fake, *, real, mel, n_periods, lambda_mel=45.0):
    """G is hinged too; features: of each family the sum over maps, a mean over heads, 1 and 0.1, no other weight; mel 45.

    The real side has a gradient, which reaches D alone. A head's maps end with its logits. mel is L1 of log mels.
    """
    logits, maps = critic(fake)
    return {
        "adversarial": _families([torch.clamp(1 - t, min=0).mean() for t in logits], n_periods),
        "features": _families([sum(head) for head in _distances(maps, critic(real)[1])], n_periods),
        "mel": lambda_mel * mel(fake),
    }
