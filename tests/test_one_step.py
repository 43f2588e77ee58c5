"""One step of D and one of G of Adversarial Flow Models, GAT, ARC and GAN-QP, beside transcriptions of the originals.

Small networks in float64 with the same numbers everywhere: the loss and the gradient of every parameter. What they draw is
given; Adversarial Flow Models are without optimal transport, and without what normalises G's gradient.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from frameworks import JAX, TORCH, assert_within

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
RNG = np.random.default_rng(11)
N, D, H = 6, 4, 5
SIGMAS = {"afm": 0.01, "gat": 0.01, "arc": 0.05}
# Of D: into hidden numbers, and out of them into three logits; of G: a matrix and a shift.
OF_D = [RNG.normal(size=s) for s in ((H, D), (H,), (3, H), (3,))]
OF_G = [RNG.normal(size=s) for s in ((D, D), (D,))]
X, Z, R_NOISE, F_NOISE, SHARED = RNG.normal(size=(5, N, D))
LABEL, TIMES, TARGETS = RNG.normal(size=N), RNG.uniform(0.5, 1.0, size=N), RNG.uniform(0.0, 0.5, size=N)
MASKS = RNG.uniform(size=(2, N, D)) < 0.8


def networks(framework, of_d, of_g, logits):
    """A critic (x, condition) -> (n,) or (n, logits), and a generator, in either framework."""
    W, b, V, c = of_d

    def critic(x, condition):
        hidden = framework.tanh(x @ W.T + b[None] + condition[:, None])
        out = hidden @ V.T + c[None]
        return out[:, 0] if logits == 1 else out

    return critic, lambda z: framework.tanh(z @ of_g[0].T) + of_g[1][None]


def both(framework, ours, original, logits):
    """Both players' loss and gradient by all parameters: of our step, and of the original in PyTorch."""
    for player in ("d", "g"):
        mine = lambda p, player=player: ours(framework, *networks(framework, p[:4], p[4:], logits), player)
        theirs = lambda p, player=player: original(*networks(TORCH, p[:4], p[4:], logits), player)
        yield player, framework.differentiate(mine, [*OF_D, *OF_G], jit=True), TORCH.differentiate(theirs, [*OF_D, *OF_G])


def constant(framework, x):
    return x.detach() if framework is TORCH else jax.lax.stop_gradient(x)


def tensors(*arrays):
    return [torch.from_numpy(np.asarray(a)) for a in arrays]


# --- Adversarial Flow Models: ByteDance-Seed/Adversarial-Flow-Models, train_adversarial_flow_imagenet.py, training_step ---

GP, CP, RATIO = 0.25, 0.01, 0.25


def afm_original(dis, gen, player):
    x, z, n1, n2, y, s, t = tensors(X, Z, R_NOISE, F_NOISE, LABEL, TIMES, TARGETS)
    source, real = (1 - s[:, None]) * x + s[:, None] * z, (1 - t[:, None]) * x + t[:, None] * z
    fake = gen(source)
    condition, w = y + t, (s - t).abs().clamp_min(0.001)
    if player == "g":
        logits_real, logits_fake = dis(real, condition), dis(fake, condition)
        return F.softplus(-(logits_fake - logits_real)).mean()
    fake, eps, k = fake.detach(), SIGMAS["afm"], max(round(len(x) * RATIO), 1)
    everything = torch.cat([real, fake, real[:k] + eps * n1[:k], fake[:k] + eps * n2[:k]])
    conditions = torch.cat([condition, condition, condition[:k], condition[:k]])
    r, f, r_gp, f_gp = dis(everything, conditions).split([len(x), len(x), k, k])
    adversarial = F.softplus(-(r - f)).mean()
    r1 = (r_gp - r[:k]).square().mul(GP * w[:k] / eps**2).mean()
    r2 = (f_gp - f[:k]).square().mul(GP * w[:k] / eps**2).mean()
    return adversarial + r1 + r2 + (r + f).square().mul(CP).mean()


def afm(framework, critic, generator, player):
    g, loss = framework.module, framework.module.GANLoss("rpgan")
    x, z, n1, n2, y, s, t = (framework.array(a) for a in (X, Z, R_NOISE, F_NOISE, LABEL, TIMES, TARGETS))
    source, real = (1 - s[:, None]) * x + s[:, None] * z, (1 - t[:, None]) * x + t[:, None] * z
    fake, condition = generator(source), y + t
    if player == "g":
        return loss.generator(critic(fake, condition), real=critic(real, condition))
    seen = g.observe(
        critic,
        real=real,
        fake=constant(framework, fake),
        real_args=(condition,),
        fake_args=(condition,),
        joint=True,
        differences=SIGMAS["afm"],
        fraction=RATIO,
        noise={"real": n1, "fake": n2},
    )
    weight = 2.0 * GP * (s - t)
    penalties = g.approximate_r1(seen, weight) + g.approximate_r2(seen, weight)
    return loss.discriminator(seen.real, seen.fake) + penalties + g.drift(seen.real + seen.fake, CP)


# --- GAT: hse1032/GAT, losses/Rp_loss.py, step_disc and step_gen, approximate=True; one scale, logits (n, logits) ---

GAMMA = 0.1


def gat_original(dis, gen, player):
    x, z, n1, n2, y, m_r, m_f = tensors(X, Z, R_NOISE, F_NOISE, LABEL, *MASKS)
    augment = lambda x, mask: x.roll(1, -1) * mask
    fake = gen(z)
    if player == "g":
        with torch.no_grad():
            real_logits = dis(augment(x, m_r), y)
        return F.softplus(-(dis(augment(fake, m_f), y) - real_logits)).mean(-1).mean()
    fake = fake.detach()
    fake_logits, real_logits = dis(augment(fake, m_f), y), dis(augment(x, m_r), y)
    loss, std = F.softplus(-(real_logits - fake_logits)).mean(-1), SIGMAS["gat"]
    for images, logits, noise, mask in ((x, real_logits, n1, m_r), (fake, fake_logits, n2, m_f)):
        noised = dis(augment(images + noise * std, mask), y)
        loss = loss + GAMMA / 2 * ((logits - noised) / std).pow(2).mean(-1)
    return loss.mean()


def gat(framework, critic, generator, player):
    g, loss = framework.module, framework.module.GANLoss("rpgan")
    x, z, n1, n2, y = (framework.array(a) for a in (X, Z, R_NOISE, F_NOISE, LABEL))
    m_r, m_f = (framework.array(m) for m in MASKS)
    roll = torch.roll if framework is TORCH else jnp.roll
    augmented = lambda x, y, mask: critic(roll(x, 1, -1) * mask, y)
    fake = generator(z)
    if player == "g":
        return loss.generator(augmented(fake, y, m_f), real=constant(framework, augmented(x, y, m_r)))
    given = {"real": x, "fake": constant(framework, fake), "real_args": (y, m_r), "fake_args": (y, m_f)}
    seen = g.observe(augmented, **given, joint=True, differences=SIGMAS["gat"], noise={"real": n1, "fake": n2})
    return loss.discriminator(seen.real, seen.fake) + g.approximate_r1(seen, GAMMA) + g.approximate_r2(seen, GAMMA)


# --- ARC: Stability-AI/stable-audio-tools, stable_audio_tools/training/arc.py, training_step ---

GAN_WEIGHT, CONTRASTIVE = 0.7, 0.4


def arc_original(dis, gen, player):
    x, z, n1, n2, y, t, shared = tensors(X, Z, R_NOISE, F_NOISE, LABEL, TIMES, SHARED)
    noised = lambda x: x * (1 - t)[:, None] + shared * t[:, None]
    head = lambda x, y: dis(x, y)[:, None, :]  # (n, channels, length)
    fake = gen(z)
    if player == "g":
        return F.softplus(head(noised(x), y) - head(noised(fake), y)).mean() * GAN_WEIGHT
    reals, fakes, std = noised(x), noised(fake.detach()), SIGMAS["arc"]
    r, f = head(reals, y), head(fakes, y)
    r1 = torch.sum((head(reals + std * n1, y) - r) ** 2, dim=[1, 2])
    r2 = torch.sum((head(fakes + std * n2, y) - f) ** 2, dim=[1, 2])
    relativistic = lambda r, f: F.softplus(-(r - f)).mean() * GAN_WEIGHT
    contrastive = relativistic(r, head(reals, y.roll(-1))) * CONTRASTIVE
    return relativistic(r, f) + contrastive + (r1.mean() + r2.mean()) / 2


def arc(framework, critic, generator, player):
    g, loss = framework.module, framework.module.GANLoss("rpgan")
    x, z, n1, n2, y, t, shared = (framework.array(a) for a in (X, Z, R_NOISE, F_NOISE, LABEL, TIMES, SHARED))
    noised = lambda x: x * (1 - t)[:, None] + shared * t[:, None]
    roll, fake = torch.roll if framework is TORCH else jnp.roll, generator(z)
    if player == "g":
        return GAN_WEIGHT * loss.generator(critic(noised(fake), y), real=critic(noised(x), y))
    given = {"real": noised(x), "fake": noised(constant(framework, fake)), "real_args": (y,), "fake_args": (y,)}
    seen = g.observe(critic, **given, joint=True, differences=SIGMAS["arc"], noise={"real": n1, "fake": n2})
    mismatched = critic(given["real"], roll(y, -1))
    # Sums over a sample's logits, where ours are means, and not divided by the step.
    logits = seen.real.shape[1]
    penalties = g.approximate_r1(seen, logits, divide=False) + g.approximate_r2(seen, logits, divide=False)
    both_losses = loss.discriminator(seen.real, seen.fake) + CONTRASTIVE * loss.discriminator(seen.real, mismatched)
    return GAN_WEIGHT * both_losses + penalties


# --- GAN-QP: bojone/gan-qp, 512/gan_qp_l1.py and 128/gan_qp_l2.py ---


def gan_qp_original(dis, gen, player, distance="l1"):
    x, z, y = tensors(X, Z, LABEL)
    fake = gen(z)
    delta = dis(x, y) - dis(fake if player == "g" else fake.detach(), y)
    gap = (x - fake.detach()).abs().mean(1) if distance == "l1" else (x - fake.detach()).square().mean(1).sqrt()
    return delta.mean() if player == "g" else (-delta + 0.5 * delta**2 / (10 * gap)).mean()


def gan_qp(framework, critic, generator, player, distance="l1"):
    g, loss = framework.module, framework.module.GANLoss("wasserstein")
    x, z, y = (framework.array(a) for a in (X, Z, LABEL))
    fake = generator(z)
    if player == "g":
        # The reals' term is one of D, which is frozen in this step.
        return critic(x, y).mean() + loss.generator(critic(fake, y))
    seen = g.observe(critic, real=x, fake=constant(framework, fake), real_args=(y,), fake_args=(y,))
    return loss.discriminator(seen.real, seen.fake) + g.gan_qp(seen, 1 / 10, distance=distance)


STEPS = {"afm": (afm, afm_original, 1), "gat": (gat, gat_original, 3), "arc": (arc, arc_original, 3)}
STEPS["gan_qp"] = gan_qp, gan_qp_original, 1
STEPS["gan_qp, l2"] = partial(gan_qp, distance="l2"), partial(gan_qp_original, distance="l2"), 1


@FRAMEWORKS
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_that_of_the_original(framework, name):
    for player, (value, gradient), (expected, of_expected) in both(framework, *STEPS[name]):
        assert value == pytest.approx(expected, rel=1e-13)
        # Squares of differences lose what these cancel: 1 / sigma of the roundings of about 20 operations.
        ulps = 64 / SIGMAS.get(name, 1.0) if player == "d" else 64
        # The generator has no gradient in D's step; in G's, D has one, that its optimizer never sees.
        assert all((g == 0.0).all() for g in gradient[4:]) == (player == "d")
        # Relative to the largest part: that of the last bias is 0 but for roundings.
        assert_within(*(np.concatenate([np.ravel(g) for g in each]) for each in (gradient, of_expected)), ulps)
