"""Terms and states of today's codebases, transcribed from their code and papers in plain NumPy, each with what it says."""

import numpy as np


def unitok_weight(nll_gradient, g_gradient, adapt_type):
    """FoundationVision/UniTok trainer.py: the ratio of norms with 1e-6, within bounds of five kinds."""
    w = np.sqrt((nll_gradient**2).sum()) / (np.sqrt((g_gradient**2).sum()) + 1e-6)
    low, high = [(0.0, 1e4), (0.015, 1e4), (0.1, 10.0), (0.0, 1e4), (0.015, 1.5)][adapt_type]
    w = min(max(w, low), high)
    return w**0.5 if adapt_type == 3 else w


def stable_audio_features(true, fake):
    """Stability-AI/stable-audio-tools models/discriminators.py, EncodecDiscriminator with normalize_losses: heads of layers."""
    return sum(
        sum(abs(x - y).mean() / (abs(x).mean() + 1e-3) for x, y in zip(xs, ys, strict=True)) / len(xs)
        for xs, ys in zip(true, fake, strict=True)
    ) / len(true)


def ebgan_pulling_away(rows):
    """Zhao et al. 2016, equation 8, pair by pair."""
    n = len(rows)
    cosines = [
        (rows[i] @ rows[j] / (np.linalg.norm(rows[i]) * np.linalg.norm(rows[j]))) ** 2
        for i in range(n)
        for j in range(n)
        if i != j
    ]
    return sum(cosines) / (n * (n - 1))


def tllib_coefficient(i, alpha=1.0, lo=0.0, hi=1.0, max_iters=1000.0):
    """thuml/Transfer-Learning-Library tllib/modules/grl.py, the warm start."""
    return 2.0 * (hi - lo) / (1.0 + np.exp(-alpha * i / max_iters)) - (hi - lo) + lo


def ada(batches, batch_size, p=0.0, target=0.6, interval=4, kimg=500, largest=np.inf):
    """NVlabs/stylegan2-ada-pytorch training/training_loop.py: p after each step, of the reals' logits of each.

    Diffusion-GAN and joliGEN have the same, with p of at most 1."""
    found, signs = [], []
    for step, logits in enumerate(batches, 1):
        signs += np.sign(logits).ravel().tolist()
        if step % interval == 0:
            adjust = np.sign(np.mean(signs) - target) * (batch_size * interval) / (kimg * 1000)
            p, signs = min(max(p + adjust, 0.0), largest), []
        found.append(p)
    return found


def afm_normalised(gradients, decay=0.9, eps=1e-8, target=1.0):
    """ByteDance-Seed/Adversarial-Flow-Models grad_norm.py: what each backward pass returns, and the last average."""
    average, found = 0.0, []
    for g in gradients:
        average += (1.0 - decay) * ((g**2).sum() * g.size - average)
        found.append(g * (target / (np.sqrt(average) + eps)))
    return found, average


def fisher_gan(real, fake, rho, alpha=0.0):
    """tomsercu/FisherGAN main.py: minus obj_D, which D maximises, and the next alpha."""
    constraint = 1.0 - (0.5 * (real**2).mean() + 0.5 * (fake**2).mean())
    objective = real.mean() - fake.mean() + alpha * constraint - rho / 2.0 * constraint**2
    # backward(mone) leaves minus the constraint in alpha's gradient.
    return -objective, alpha - rho * constraint


def sobolev_gan(real, fake, real_gradient, fake_gradient, rho, multiplier=0.0):
    """tomsercu/SobolevGAN-SSL main.py, with the gradients of f by the samples, rows: minus obj_D, and the next multiplier."""
    squares = [(g**2).sum(1).mean() for g in (real_gradient, fake_gradient)]
    constraint = 0.5 * squares[0] + 0.5 * squares[1] - 1.0
    objective = real.mean() - fake.mean() - multiplier * constraint - rho / 2.0 * constraint**2
    return -objective, multiplier + rho * constraint


def mine(steps, decay=0.9, average=1.0):
    """Belghazi et al. 2018, equation 12, with the moving average as in ermongroup/smile-mi-estimator: of joint and marginal
    scores the bound, its gradients by both, and the average, for each step."""
    found = []
    for joint, marginal in steps:
        exp = np.exp(marginal)
        average = decay * average + (1.0 - decay) * exp.mean()
        gradients = np.full(joint.shape, 1.0 / joint.size), -exp / marginal.size / average
        found.append((joint.mean() - np.log(exp.mean()), *gradients, average))
    return found


# Rewards, of D's logits: high is like the expert.
REWARDS = {
    # isaac-sim/IsaacGymEnvs learning/amp_continuous.py, without its scale of 2; skrl, MimicKit alike.
    "isaacgym": lambda logits: -np.log(np.maximum(1.0 - 1.0 / (1.0 + np.exp(-logits)), 0.0001)),
    # gbionics/amp-rsl-rl networks/discriminator.py, both of its loss types, eta 0.3.
    "amp_rsl_rl": lambda logits: np.log(1.0 + np.exp(logits)),
    "amp_rsl_rl_wasserstein": lambda logits: np.exp(np.tanh(0.3 * logits)),
    # kscalelabs/ksim task/amp.py, and Peng et al. 2021, equation 7.
    "ksim": lambda logits: np.maximum(0.0, 1.0 - 0.25 * np.square(logits - 1.0)),
    # HumanCompatibleAI/imitation algorithms/adversarial.
    "imitation_gail": lambda logits: -np.log(1.0 / (1.0 + np.exp(logits))),
    "imitation_airl": lambda logits: logits,
    # google-deepmind/acme agents/jax/ail/rewards.py, with a largest magnitude of 2.
    "acme_gail": lambda logits: np.clip(0.5 * (np.log(1 / (1 + np.exp(-logits))) + np.log(1 + np.exp(logits))), -2.0, 2.0),
    "acme_fairl": lambda logits: np.clip(np.exp(np.clip(logits, None, 20.0)) * -logits, -2.0, 2.0),
}

# NVlabs/FastGen methods/distribution_matching/f_distill.py: h(rho), up to a constant factor that it divides out.
F_DISTILL = {
    "rkl": lambda r: r / r,
    "kl": lambda r: r,
    "js": lambda r: 1 - 1 / (1 + r),
    "sf": lambda r: 1 / (1 + r),
    "neyman": lambda r: 1 / r,
    "sh": lambda r: r**0.5,
    "jf": lambda r: 1 + r,
}
