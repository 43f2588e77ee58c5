"""Witnesses of recipes: the classic GANs of images, from the authors' trainers; the form is `witnesses_recipes_images`'s."""

import torch
import torch.nn.functional as F

# ---- ajbrock/BigGAN-PyTorch train_fns.py, GAN_training_function, and losses.py


def d_biggan(critic, real, fake):
    """Hinge; both come from one forward of reals and fakes together unless split_D.

    Outside: num_D_steps (default 2; 1 in scripts/launch_BigGAN_bs256x8.sh, which accumulates 8 batches), learning rates of D
    4e-4 and of G 1e-4 there, betas 0 and 0.999; spectral norm; EMA from step 20,000. The orthogonal regularisation adds its
    gradient s 2 (W W^T without the diagonal) W by hand, that is half the squared norm's, and s is 0 by default and there.
    """
    return {"real": F.relu(1.0 - critic(real)).mean(), "fake": F.relu(1.0 + critic(fake.detach())).mean()}


def g_biggan(critic, fake):
    """The mean logit."""
    return {"adversarial": -critic(fake).mean()}


# ---- pfnet-research/sngan_projection updater.py, Updater.update_core


def d_sngan(critic, real, fake):
    """Hinge, by configs/sn_projection.yml (loss_type hinge; dcgan is the other).

    Outside: n_dis 5, G's step is first, before the first of D's; G's batch 32 beside D's 16; Adam 2e-4, betas 0 and 0.9,
    decaying linearly from step 400,000; spectral norm of one power iteration.
    """
    return {"real": F.relu(1.0 - critic(real)).mean(), "fake": F.relu(1.0 + critic(fake.detach())).mean()}


def g_sngan(critic, fake):
    """The mean logit."""
    return {"adversarial": -critic(fake).mean()}


# ---- brain-research/self-attention-gan model.py, SNGAN._build_model (hinge_loss, the default)


def d_sagan(critic, real, fake):
    """Hinge.

    Outside: learning rates of D 4e-4 and of G 1e-4 (TTUR), one step each; beta1 0, beta2 TensorFlow's 0.999 (the paper says
    0.9); spectral norm in both networks. G's loss of kl_loss is the mean logit too.
    """
    return {"real": F.relu(1.0 - critic(real)).mean(), "fake": F.relu(1 + critic(fake.detach())).mean()}


def g_sagan(critic, fake):
    """The mean logit."""
    return {"adversarial": -critic(fake).mean()}


# ---- igul222/improved_wgan_training gan_64x64.py (gan_cifar.py alike), MODE wgan-gp


def _one_centred(critic, x):
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((gradient.square().flatten(1).sum(1).sqrt() - 1.0) ** 2).mean()


def d_wgan_gp(critic, real, fake, *, mix, weight=10.0):
    """Wasserstein, and the penalty at real + mix (fake - real), mix (B, 1, ...) uniform in [0, 1), one for a sample.

    No epsilon in the square root and no drift term. Outside: CRITIC_ITERS 5 steps of D after each of G's (none of G's before
    the first); Adam 1e-4, betas 0 and 0.9.
    """
    fake = fake.detach()
    return {
        "fake": critic(fake).mean(),
        "real": -critic(real).mean(),
        "gradient_penalty": weight * _one_centred(critic, real + mix * (fake - real)),
    }


def g_wgan_gp(critic, fake):
    """The mean score."""
    return {"adversarial": -critic(fake).mean()}


# ---- kodalinaveen3/DRAGAN DRAGAN.ipynb


def d_dragan(critic, real, fake, *, noise, mix, weight=10.0):
    """Logistic, and WGAN-GP's penalty at real + mix (perturbed - real), perturbed = real + 0.5 std(reals) noise.

    noise is uniform in [0, 1) for each pixel, so it brightens only; std is that of all the batch's numbers, without Bessel's
    correction; mix (B, 1, ...) uniform, one for a sample. Outside: one step each; Adam 1e-4, betas 0.5 and 0.9.
    """
    perturbed = real + 0.5 * real.std(correction=0) * noise
    return {
        "real": F.softplus(-critic(real)).mean(),
        "fake": F.softplus(critic(fake.detach())).mean(),
        "gradient_penalty": weight * _one_centred(critic, real + mix * (perturbed - real)),
    }


def g_dragan(critic, fake):
    """Non-saturating logistic."""
    return {"adversarial": F.softplus(-critic(fake)).mean()}


# ---- xudonmao/LSGAN vgg.py, loss_l2, which train_lsun.py uses


def d_lsgan(critic, real, fake):
    """Half of the squared distance to 1 and to 0, *summed* over the batch.

    tf.nn.l2_loss sums, and the mean around it is of one number; the paper's equation 9 has the mean. Another file of the
    repository, lsun.py, has the labels 1, -1 and 0 for G (the paper's equation 8). Outside: Adam 0.001, beta1 0.5; one step
    each; logits without a sigmoid.
    """
    return {"real": ((critic(real) - 1) ** 2).sum() / 2, "fake": (critic(fake.detach()) ** 2).sum() / 2}


def g_lsgan(critic, fake):
    """Half of the squared distance to 1, summed over the batch."""
    return {"adversarial": ((critic(fake) - 1) ** 2).sum() / 2}
