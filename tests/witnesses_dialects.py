"""Independent transcriptions of the GAN losses of other codebases: witnesses for the dialects.

Written from the codebases' own source and from notes about it, without a look at this library. A witness gives what D
and what G minimise for ONE head of float64 logits; `heads` says how that codebase combines several. Factors that its
loss class or its training code has hard-coded are in; weights from a configuration are not.
Where a codebase ends its critic in a sigmoid and uses BCELoss, the logits come in and `_bce_of_sigmoid` stands for both:
it has no clamp at -100 and is exact for |logit| < 30.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Witness:
    d: Callable  # d(r, f, **parameters): what D minimises, for one head
    g: Callable  # g(f, r, **parameters): what G minimises; r may be unused
    heads: str = "mean"  # "mean", "sum", "concatenate", or "one": only ever one head
    parameters: tuple[dict, ...] = ()  # arguments other than the defaults that are worth a test
    shapes: tuple = ((1, 1), (5, 1), (2, 1, 3, 4))


def _mse(x, target):
    return (x - target).square().mean()


def _bce(x, target):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, target))


def _bce_of_sigmoid(x, target):
    return -(target * torch.sigmoid(x).log() + (1 - target) * torch.sigmoid(-x).log()).mean()


def _min_hinge(x):
    # torch.min of two tensors, not relu: at x == 1 its gradient is -1/2
    return -torch.min(x - 1, torch.zeros_like(x)).mean()


# --- mmagic. D = real + fake as in editors/srgan/srgan.py (d_step_with_optim, two backwards); loss_weight is for G only


def mmagic_vanilla_d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('vanilla'), is_disc=True."""
    return _bce(r, real_label_val) + _bce(f, fake_label_val)


def mmagic_vanilla_g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('vanilla'), target_is_real=True, is_disc=False."""
    return loss_weight * _bce(f, real_label_val)


def mmagic_lsgan_d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('lsgan'), is_disc=True."""
    return _mse(r, real_label_val) + _mse(f, fake_label_val)


def mmagic_lsgan_g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('lsgan'), target_is_real=True, is_disc=False."""
    return loss_weight * _mse(f, real_label_val)


def mmagic_wgan_d(r, f, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss._wgan_loss, is_disc=True."""
    return f.mean() - r.mean()


def mmagic_wgan_g(f, r, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss._wgan_loss, is_disc=False."""
    return -loss_weight * f.mean()


def mmagic_hinge_d(r, f, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('hinge').forward, is_disc=True."""
    return F.relu(1 - r).mean() + F.relu(1 + f).mean()


def mmagic_hinge_g(f, r, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('hinge').forward, is_disc=False."""
    return -loss_weight * f.mean()


def mmagic_l1_d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('l1'), is_disc=True."""
    return (r - real_label_val).abs().mean() + (f - fake_label_val).abs().mean()


def mmagic_l1_g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/gan_loss.py GANLoss('l1'), target_is_real=True, is_disc=False."""
    return loss_weight * (f - real_label_val).abs().mean()


def mmagic_logistic_d(r, f, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/loss_comps/gan_loss_comps.py GANLossComps._wgan_logistic_ns_loss, D."""
    return F.softplus(-r).mean() + F.softplus(f).mean()


def mmagic_logistic_g(f, r, loss_weight=1.0):
    """open-mmlab/mmagic mmagic/models/losses/loss_comps/gan_loss_comps.py GANLossComps._wgan_logistic_ns_loss, G."""
    return loss_weight * F.softplus(-f).mean()


def mmagic_advloss_gan_d(r, f):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py AdvLoss('gan') = DiscLoss('vanilla').forward."""
    return 0.5 * (_bce(f, 0.0) + _bce(r, 1.0))


def mmagic_advloss_gan_g(f, r):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py DiscLoss('vanilla').forward(model='generator')."""
    return _bce(f, 1.0)


def mmagic_advloss_lsgan_d(r, f):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py AdvLoss('lsgan') = DiscLoss('l1'): absolute values."""
    return 0.5 * (f.abs().mean() + (r - 1).abs().mean())


def mmagic_advloss_lsgan_g(f, r):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py DiscLoss('l1').forward(model='generator')."""
    return (f - 1).abs().mean()


def mmagic_advloss_wgan_gp_d(r, f):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py DiscLossWGANGP.forward, less its penalty: no half."""
    return f.mean() - r.mean()


def mmagic_advloss_wgan_gp_g(f, r):
    """open-mmlab/mmagic mmagic/models/losses/adv_loss.py DiscLossWGANGP.forward(model='generator')."""
    return -f.mean()


def mmagic_esrgan_d(r, f, discriminator_weight=0.5):
    """open-mmlab/mmagic mmagic/models/editors/esrgan/esrgan.py d_step_real + d_step_fake: both means detached."""
    return discriminator_weight * (_bce(r - f.detach().mean(), 1.0) + _bce(f - r.detach().mean(), 0.0))


def mmagic_esrgan_g(f, r, discriminator_weight=0.5):
    """open-mmlab/mmagic mmagic/models/editors/esrgan/esrgan.py g_step: real logits detached, mean of f attached."""
    r = r.detach()
    return (_bce(f - r.mean(), 1.0) + _bce(r - f.mean(), 0.0)) / 2


def mmagic_stylegan1_d(r, f):
    """open-mmlab/mmagic mmagic/models/editors/stylegan1/stylegan1.py StyleGAN1.disc_loss, less its R1."""
    return F.softplus(f).mean() + F.softplus(-r).mean()


def mmagic_stylegan1_g(f, r):
    """open-mmlab/mmagic mmagic/models/editors/stylegan1/stylegan1.py StyleGAN1.gen_loss: linear."""
    return -f.mean()


# --- BasicSR. D = real + fake as in basicsr/models/srgan_model.py optimize_parameters (two backwards)


def basicsr_vanilla_d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('vanilla'), is_disc=True."""
    return _bce(r, real_label_val) + _bce(f, fake_label_val)


def basicsr_vanilla_g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('vanilla'), is_disc=False."""
    return _bce(f, real_label_val) * loss_weight


def basicsr_lsgan_d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('lsgan'), is_disc=True."""
    return _mse(r, real_label_val) + _mse(f, fake_label_val)


def basicsr_lsgan_g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('lsgan'), is_disc=False."""
    return _mse(f, real_label_val) * loss_weight


def basicsr_wgan_d(r, f, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss._wgan_loss, is_disc=True."""
    return -r.mean() + f.mean()


def basicsr_wgan_g(f, r, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss._wgan_loss, is_disc=False."""
    return -f.mean() * loss_weight


def basicsr_wgan_softplus_d(r, f, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss._wgan_softplus_loss, is_disc=True."""
    return F.softplus(-r).mean() + F.softplus(f).mean()


def basicsr_wgan_softplus_g(f, r, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss._wgan_softplus_loss, is_disc=False."""
    return F.softplus(-f).mean() * loss_weight


def basicsr_hinge_d(r, f, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('hinge').forward, is_disc=True."""
    return F.relu(1 - r).mean() + F.relu(1 + f).mean()


def basicsr_hinge_g(f, r, loss_weight=1.0):
    """XPixelGroup/BasicSR basicsr/losses/gan_loss.py GANLoss('hinge').forward, is_disc=False."""
    return -f.mean() * loss_weight


# --- CycleGAN. The half of D is in models/cycle_gan_model.py backward_D_basic


def cyclegan_lsgan_d(r, f, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('lsgan') + cycle_gan_model.py."""
    return discriminator_weight * (_mse(r, target_real_label) + _mse(f, target_fake_label))


def cyclegan_lsgan_g(f, r, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('lsgan'), cycle_gan_model.py backward_G."""
    return _mse(f, target_real_label)


def cyclegan_vanilla_d(r, f, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('vanilla') + cycle_gan_model.py."""
    return discriminator_weight * (_bce(r, target_real_label) + _bce(f, target_fake_label))


def cyclegan_vanilla_g(f, r, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('vanilla'), cycle_gan_model.py backward_G."""
    return _bce(f, target_real_label)


def cyclegan_wgangp_d(r, f, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('wgangp') + cycle_gan_model.py; no penalty."""
    return discriminator_weight * (f.mean() - r.mean())


def cyclegan_wgangp_g(f, r, discriminator_weight=0.5):
    """junyanz/pytorch-CycleGAN-and-pix2pix models/networks.py GANLoss('wgangp'), cycle_gan_model.py backward_G."""
    return -f.mean()


# --- StyleGAN2, StyleGAN2-ADA, StyleGAN3, taming-transformers


def stylegan2_logistic_d(r, f):
    """rosinality/stylegan2-pytorch train.py d_logistic_loss."""
    return F.softplus(-r).mean() + F.softplus(f).mean()


def stylegan2_logistic_g(f, r):
    """rosinality/stylegan2-pytorch train.py g_nonsaturating_loss."""
    return F.softplus(-f).mean()


def stylegan_logistic_d(r, f):
    """NVlabs/stylegan2-ada-pytorch and NVlabs/stylegan3 training/loss.py StyleGAN2Loss, phase Dmain (two backwards)."""
    return F.softplus(f).mean() + F.softplus(-r).mean()


def stylegan_logistic_g(f, r):
    """NVlabs/stylegan2-ada-pytorch and NVlabs/stylegan3 training/loss.py StyleGAN2Loss, phase Gmain."""
    return F.softplus(-f).mean()


def taming_hinge_d(r, f):
    """CompVis/taming-transformers taming/modules/losses/vqperceptual.py hinge_d_loss: the half is in the function."""
    return 0.5 * (F.relu(1 - r).mean() + F.relu(1 + f).mean())


def taming_vanilla_d(r, f):
    """CompVis/taming-transformers taming/modules/losses/vqperceptual.py vanilla_d_loss: the half is in the function."""
    return 0.5 * (F.softplus(-r).mean() + F.softplus(f).mean())


def taming_g(f, r):
    """CompVis/taming-transformers taming/modules/losses/vqperceptual.py forward: linear for either D."""
    return -f.mean()


# --- audio


def audiocraft_mse_d(r, f):
    """facebookresearch/audiocraft audiocraft/adversarial/losses.py train_adv: mse_fake_loss + mse_real_loss."""
    return f.square().mean() + _mse(r, 1.0)


def audiocraft_mse_g(f, r):
    """facebookresearch/audiocraft audiocraft/adversarial/losses.py mse_loss."""
    return _mse(f, 1.0)


def audiocraft_hinge_d(r, f):
    """facebookresearch/audiocraft audiocraft/adversarial/losses.py train_adv: hinge_fake_loss + hinge_real_loss."""
    return _min_hinge(-f) + _min_hinge(r)


def audiocraft_hinge_g(f, r):
    """facebookresearch/audiocraft audiocraft/adversarial/losses.py hinge_loss."""
    return -f.mean()


def audiocraft_hinge2_g(f, r):
    """facebookresearch/audiocraft audiocraft/adversarial/losses.py hinge2_loss; its D is the one of 'hinge'."""
    return _min_hinge(f)


def hifigan_d(r, f):
    """jik876/hifi-gan models.py discriminator_loss, one turn of its loop."""
    return (1 - r).square().mean() + f.square().mean()


def hifigan_g(f, r):
    """jik876/hifi-gan models.py generator_loss, one turn of its loop."""
    return (1 - f).square().mean()


def pwg_mse_d(r, f):
    """kan-bayashi/ParallelWaveGAN losses/adversarial_loss.py DiscriminatorAdversarialLoss; bin/train.py sums the two."""
    return _mse(r, 1.0) + _mse(f, 0.0)


def pwg_mse_g(f, r):
    """kan-bayashi/ParallelWaveGAN losses/adversarial_loss.py GeneratorAdversarialLoss._mse_loss."""
    return _mse(f, 1.0)


def pwg_hinge_d(r, f):
    """kan-bayashi/ParallelWaveGAN losses/adversarial_loss.py _hinge_real_loss + _hinge_fake_loss."""
    return _min_hinge(r) + _min_hinge(-f)


def pwg_hinge_g(f, r):
    """kan-bayashi/ParallelWaveGAN losses/adversarial_loss.py GeneratorAdversarialLoss._hinge_loss."""
    return -f.mean()


# --- torchgan


def torchgan_minimax_d(r, f, label_smoothing=0.0):
    """torchgan/torchgan torchgan/losses/functional.py minimax_discriminator_loss: smooths the real target only."""
    return _bce(r, 1 - label_smoothing) + _bce(f, 0.0)


def torchgan_minimax_g(f, r, label_smoothing=0.0):
    """torchgan/torchgan torchgan/losses/functional.py minimax_generator_loss(nonsaturating=True)."""
    return _bce(f, 1.0)


def torchgan_minimax_saturating_g(f, r, label_smoothing=0.0):
    """torchgan/torchgan torchgan/losses/functional.py minimax_generator_loss(nonsaturating=False)."""
    return -_bce(f, 0.0)


def torchgan_least_squares_d(r, f, a=0.0, b=1.0, c=1.0):
    """torchgan/torchgan torchgan/losses/functional.py least_squares_discriminator_loss: a fake, b real."""
    return 0.5 * (_mse(r, b) + _mse(f, a))


def torchgan_least_squares_g(f, r, a=0.0, b=1.0, c=1.0):
    """torchgan/torchgan torchgan/losses/functional.py least_squares_generator_loss."""
    return 0.5 * _mse(f, c)


def torchgan_wasserstein_d(r, f):
    """torchgan/torchgan torchgan/losses/functional.py wasserstein_discriminator_loss: elementwise difference."""
    return (f - r).mean()


def torchgan_wasserstein_g(f, r):
    """torchgan/torchgan torchgan/losses/functional.py wasserstein_generator_loss."""
    return -f.mean()


def torchgan_energy_based_d(r, f, margin=80.0):
    """torchgan/torchgan torchgan/losses/functional.py energy_based_discriminator_loss: hinge per element, low = real."""
    return (r + F.relu(margin - f)).mean()


def torchgan_energy_based_g(f, r, margin=80.0):
    """torchgan/torchgan torchgan/losses/functional.py energy_based_generator_loss."""
    return f.mean()


# --- StudioGAN


def studiogan_vanilla_d(r, f):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py d_vanilla (after the fix of issue 209)."""
    return F.softplus(-r).mean() + F.softplus(f).mean()


def studiogan_vanilla_g(f, r):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py g_vanilla."""
    return F.softplus(-f).mean()


def studiogan_logistic_d(r, f):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py d_logistic: sum elementwise, then mean."""
    return (F.softplus(-r) + F.softplus(f)).mean()


def studiogan_logistic_g(f, r):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py g_logistic."""
    return F.softplus(-f).mean()


def studiogan_least_square_d(r, f):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py d_ls: half on each side, sum elementwise."""
    return (0.5 * (r - 1).square() + 0.5 * f.square()).mean()


def studiogan_least_square_g(f, r):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py g_ls."""
    return 0.5 * (f - 1).square().mean()


def studiogan_hinge_d(r, f):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py d_hinge."""
    return F.relu(1 - r).mean() + F.relu(1 + f).mean()


def studiogan_hinge_g(f, r):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py g_hinge."""
    return -f.mean()


def studiogan_wasserstein_d(r, f):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py d_wasserstein: elementwise difference."""
    return (f - r).mean()


def studiogan_wasserstein_g(f, r):
    """POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py g_wasserstein."""
    return -f.mean()


def _crammer_singer(scores, labels):
    # POSTECH-CVLab/PyTorch-StudioGAN src/utils/losses.py crammer_singer_loss
    own = F.one_hot(labels, scores.shape[1]).bool()
    best_other = scores.masked_fill(own, -torch.inf).max(dim=1).values
    return F.relu(1 + best_other - scores[own]).mean()


def studiogan_mh_d(r, f, real_labels, fake_labels, mh_lambda=1.0):
    """POSTECH-CVLab/PyTorch-StudioGAN src/worker.py train_discriminator, adv_loss 'MH': fakes to the last column."""
    return _crammer_singer(r, real_labels) + _crammer_singer(f, torch.full_like(fake_labels, f.shape[1] - 1))


def studiogan_mh_g(f, r, real_labels, fake_labels, mh_lambda=1.0):
    """POSTECH-CVLab/PyTorch-StudioGAN src/worker.py train_generator, adv_loss 'MH', less its feature matching."""
    return mh_lambda * _crammer_singer(f, fake_labels)


# --- TF-GAN. SUM_BY_NONZERO_WEIGHTS with weights 1 is the mean; TF's binary smoothing draws the target towards 1/2


def tfgan_wasserstein_d(r, f):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py wasserstein_discriminator_loss."""
    return f.mean() - r.mean()


def tfgan_wasserstein_g(f, r):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py wasserstein_generator_loss."""
    return -f.mean()


def tfgan_wasserstein_hinge_d(r, f, real_hinge=1.0, generated_hinge=1.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py wasserstein_hinge_discriminator_loss."""
    return F.relu(generated_hinge + f).mean() + F.relu(real_hinge - r).mean()


def tfgan_wasserstein_hinge_g(f, r, real_hinge=1.0, generated_hinge=1.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py wasserstein_hinge_generator_loss."""
    return -f.mean()


def _tf_smooth(label, smoothing):
    # tf.compat.v1.losses.sigmoid_cross_entropy(label_smoothing=...)
    return label * (1 - smoothing) + 0.5 * smoothing


def tfgan_minimax_d(r, f, label_smoothing=0.25, generator_label_smoothing=0.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py minimax_discriminator_loss: smooths the real side."""
    return _bce(r, _tf_smooth(1.0, label_smoothing)) + _bce(f, 0.0)


def tfgan_minimax_g(f, r, label_smoothing=0.25, generator_label_smoothing=0.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py minimax_generator_loss: -D loss at real logits of 1."""
    return -(_bce(torch.ones_like(f), _tf_smooth(1.0, generator_label_smoothing)) + _bce(f, 0.0))


def tfgan_modified_g(f, r, label_smoothing=0.25, generator_label_smoothing=0.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py modified_generator_loss; its D is the minimax one."""
    return _bce(f, _tf_smooth(1.0, generator_label_smoothing))


def tfgan_least_squares_d(r, f, real_label=1.0, fake_label=0.0, generator_real_label=1.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py least_squares_discriminator_loss: half on each side."""
    return _mse(r, real_label) / 2 + _mse(f, fake_label) / 2


def tfgan_least_squares_g(f, r, real_label=1.0, fake_label=0.0, generator_real_label=1.0):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py least_squares_generator_loss."""
    return _mse(f, generator_real_label) / 2


def tfgan_relativistic_d(r, f):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py relativistic_discriminator_loss: sum, means attached."""
    return _bce(r - f.mean(), 1.0) + _bce(f - r.mean(), 0.0)


def tfgan_relativistic_g(f, r):
    """tensorflow/gan tensorflow_gan/python/losses/losses_impl.py relativistic_generator_loss: sum, means attached."""
    return _bce(r - f.mean(), 0.0) + _bce(f - r.mean(), 1.0)


# --- R3GAN


def r3gan_d(r, f):
    """brownvc/R3GAN R3GAN/Trainer.py AccumulateDiscriminatorGradients, less R1 and R2: paired by index."""
    return F.softplus(-(r - f)).mean()


def r3gan_g(f, r):
    """brownvc/R3GAN R3GAN/Trainer.py AccumulateGeneratorGradients."""
    return F.softplus(-(f - r)).mean()


# --- pix2pixHD. The half of D is in train.py


def pix2pixhd_lsgan_d(r, f, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """NVIDIA/pix2pixHD models/networks.py GANLoss(use_lsgan=True) + train.py."""
    return discriminator_weight * (_mse(f, target_fake_label) + _mse(r, target_real_label))


def pix2pixhd_lsgan_g(f, r, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """NVIDIA/pix2pixHD models/networks.py GANLoss(use_lsgan=True), models/pix2pixHD_model.py loss_G_GAN."""
    return _mse(f, target_real_label)


def pix2pixhd_vanilla_d(r, f, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """NVIDIA/pix2pixHD models/networks.py GANLoss(use_lsgan=False) on a sigmoid (unclamped here) + train.py."""
    return discriminator_weight * (_bce_of_sigmoid(f, target_fake_label) + _bce_of_sigmoid(r, target_real_label))


def pix2pixhd_vanilla_g(f, r, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
    """NVIDIA/pix2pixHD models/networks.py GANLoss(use_lsgan=False) on a sigmoid (unclamped here), loss_G_GAN."""
    return _bce_of_sigmoid(f, target_real_label)


# --- SPADE. D = D_Fake + D_real as in trainers/pix2pix_trainer.py


def spade_ls_d(r, f, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/SPADE models/networks/loss.py GANLoss('ls')."""
    return _mse(f, target_fake_label) + _mse(r, target_real_label)


def spade_ls_g(f, r, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/SPADE models/networks/loss.py GANLoss('ls'), for_discriminator=False."""
    return _mse(f, target_real_label)


def spade_original_d(r, f, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/SPADE models/networks/loss.py GANLoss('original')."""
    return _bce(f, target_fake_label) + _bce(r, target_real_label)


def spade_original_g(f, r, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/SPADE models/networks/loss.py GANLoss('original'), for_discriminator=False."""
    return _bce(f, target_real_label)


def spade_w_d(r, f):
    """NVlabs/SPADE models/networks/loss.py GANLoss('w')."""
    return f.mean() - r.mean()


def spade_w_g(f, r):
    """NVlabs/SPADE models/networks/loss.py GANLoss('w'), for_discriminator=False."""
    return -f.mean()


def spade_hinge_d(r, f):
    """NVlabs/SPADE models/networks/loss.py GANLoss('hinge'): torch.min, not relu."""
    return _min_hinge(-f) + _min_hinge(r)


def spade_hinge_g(f, r):
    """NVlabs/SPADE models/networks/loss.py GANLoss('hinge'), for_discriminator=False."""
    return -f.mean()


# --- imaginaire. D = fake + true as in imaginaire/trainers/spade.py dis_forward; the default k = 1 turns top-k off


def imaginaire_hinge_d(r, f):
    """NVlabs/imaginaire imaginaire/losses/gan.py fuse_math_min_mean_pos and _neg."""
    return _min_hinge(-f) + _min_hinge(r)


def imaginaire_hinge_g(f, r):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('hinge').loss, dis_update=False."""
    return -f.mean()


def imaginaire_least_square_d(r, f, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('least_square').loss: half on each side."""
    return 0.5 * _mse(f, target_fake_label) + 0.5 * _mse(r, target_real_label)


def imaginaire_least_square_g(f, r, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('least_square').loss, dis_update=False."""
    return 0.5 * _mse(f, target_real_label)


def imaginaire_bce_d(r, f, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('non_saturated' and 'softplus': the same code).loss."""
    return _bce(f, target_fake_label) + _bce(r, target_real_label)


def imaginaire_bce_g(f, r, target_real_label=1.0, target_fake_label=0.0):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('non_saturated' and 'softplus').loss, dis_update=False."""
    return _bce(f, target_real_label)


def imaginaire_wasserstein_d(r, f):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('wasserstein').loss."""
    return f.mean() - r.mean()


def imaginaire_wasserstein_g(f, r):
    """NVlabs/imaginaire imaginaire/losses/gan.py GANLoss('wasserstein').loss, dis_update=False."""
    return -f.mean()


# --- mimicry


def mimicry_gan_d(r, f, real_label_val=1.0, fake_label_val=0.0, generator_real_label_val=1.0):
    """kwotsin/mimicry torch_mimicry/modules/losses.py minimax_loss_dis; targets are (B, 1)."""
    return _bce(r, real_label_val) + _bce(f, fake_label_val)


def mimicry_gan_g(f, r, real_label_val=1.0, fake_label_val=0.0, generator_real_label_val=1.0):
    """kwotsin/mimicry torch_mimicry/modules/losses.py minimax_loss_gen: non-saturating; targets are (B, 1)."""
    return _bce(f, generator_real_label_val)


def mimicry_ns_d(r, f, real_label_val=1.0, fake_label_val=0.0):
    """kwotsin/mimicry torch_mimicry/nets/gan/gan.py compute_gan_loss: 'ns' has the D of 'gan'."""
    return _bce(r, real_label_val) + _bce(f, fake_label_val)


def mimicry_ns_g(f, r, real_label_val=1.0, fake_label_val=0.0):
    """kwotsin/mimicry torch_mimicry/modules/losses.py ns_loss_gen: with its 1e-8 inside the log."""
    return -(torch.sigmoid(f) + 1e-8).log().mean()


def mimicry_hinge_d(r, f):
    """kwotsin/mimicry torch_mimicry/modules/losses.py hinge_loss_dis."""
    return F.relu(1 - r).mean() + F.relu(1 + f).mean()


def mimicry_hinge_g(f, r):
    """kwotsin/mimicry torch_mimicry/modules/losses.py hinge_loss_gen."""
    return -f.mean()


def mimicry_wasserstein_d(r, f):
    """kwotsin/mimicry torch_mimicry/modules/losses.py wasserstein_loss_dis."""
    return -r.mean() + f.mean()


def mimicry_wasserstein_g(f, r):
    """kwotsin/mimicry torch_mimicry/modules/losses.py wasserstein_loss_gen."""
    return -f.mean()


# --- MONAI. The class has no total for D: it is real + fake


def monai_bce_d(r, f):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('bce'): sigmoid inside (unclamped here)."""
    return _bce_of_sigmoid(r, 1.0) + _bce_of_sigmoid(f, 0.0)


def monai_bce_g(f, r):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('bce'), for_discriminator=False."""
    return _bce_of_sigmoid(f, 1.0)


def monai_hinge_d(r, f):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('hinge'): tanh inside."""
    return _min_hinge(torch.tanh(r)) + _min_hinge(-torch.tanh(f))


def monai_hinge_g(f, r):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('hinge'): G has the real term of D."""
    return _min_hinge(torch.tanh(f))


def monai_least_squares_d(r, f):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('least_squares'): LeakyReLU inside."""
    return _mse(F.leaky_relu(r, 0.05), 1.0) + _mse(F.leaky_relu(f, 0.05), 0.0)


def monai_least_squares_g(f, r):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss('least_squares'), G."""
    return _mse(F.leaky_relu(f, 0.05), 1.0)


def monai_least_squares_no_activation_d(r, f):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss(no_activation_leastsq=True), D."""
    return _mse(r, 1.0) + _mse(f, 0.0)


def monai_least_squares_no_activation_g(f, r):
    """Project-MONAI/MONAI monai/losses/adversarial_loss.py PatchAdversarialLoss(no_activation_leastsq=True), G."""
    return _mse(f, 1.0)


_VAL = {"real_label_val": 0.9, "fake_label_val": 0.1}
_TARGET = {"target_real_label": 0.9, "target_fake_label": 0.1}
_WEIGHT = {"loss_weight": 0.3}
_WHOLE = {"discriminator_weight": 1.0}
_B1 = ((1, 1), (5, 1))

WITNESSES: dict[str, Witness] = {
    "mmagic/vanilla": Witness(mmagic_vanilla_d, mmagic_vanilla_g, "one", (_VAL, _WEIGHT, _VAL | _WEIGHT)),
    "mmagic/lsgan": Witness(mmagic_lsgan_d, mmagic_lsgan_g, "one", (_VAL, _WEIGHT, _VAL | _WEIGHT)),
    "mmagic/wgan": Witness(mmagic_wgan_d, mmagic_wgan_g, "one", (_WEIGHT,)),
    "mmagic/hinge": Witness(mmagic_hinge_d, mmagic_hinge_g, "one", (_WEIGHT,)),
    "mmagic/l1": Witness(mmagic_l1_d, mmagic_l1_g, "one", (_VAL, _WEIGHT, _VAL | _WEIGHT)),
    "mmagic/wgan-logistic-ns": Witness(mmagic_logistic_d, mmagic_logistic_g, "one", (_WEIGHT,)),
    # DeblurGanV2 (editors/deblurganv2/deblurganv2.py d_step_double, g_step_double) halves the sum of its two critics
    "mmagic/advloss_gan": Witness(mmagic_advloss_gan_d, mmagic_advloss_gan_g, "mean"),
    "mmagic/advloss_lsgan": Witness(mmagic_advloss_lsgan_d, mmagic_advloss_lsgan_g, "mean"),
    "mmagic/advloss_wgan-gp": Witness(mmagic_advloss_wgan_gp_d, mmagic_advloss_wgan_gp_g, "mean"),
    "mmagic/esrgan": Witness(mmagic_esrgan_d, mmagic_esrgan_g, "one"),
    "mmagic/stylegan1": Witness(mmagic_stylegan1_d, mmagic_stylegan1_g, "one"),
    "basicsr/vanilla": Witness(basicsr_vanilla_d, basicsr_vanilla_g, "mean", (_VAL, _WEIGHT, _VAL | _WEIGHT)),
    "basicsr/lsgan": Witness(basicsr_lsgan_d, basicsr_lsgan_g, "mean", (_VAL, _WEIGHT, _VAL | _WEIGHT)),
    "basicsr/wgan": Witness(basicsr_wgan_d, basicsr_wgan_g, "mean", (_WEIGHT,)),
    "basicsr/wgan_softplus": Witness(basicsr_wgan_softplus_d, basicsr_wgan_softplus_g, "mean", (_WEIGHT,)),
    "basicsr/hinge": Witness(basicsr_hinge_d, basicsr_hinge_g, "mean", (_WEIGHT,)),
    "cyclegan/lsgan": Witness(cyclegan_lsgan_d, cyclegan_lsgan_g, "one", (_TARGET, _WHOLE, _TARGET | _WHOLE)),
    "cyclegan/vanilla": Witness(cyclegan_vanilla_d, cyclegan_vanilla_g, "one", (_TARGET, _WHOLE, _TARGET | _WHOLE)),
    "cyclegan/wgangp": Witness(cyclegan_wgangp_d, cyclegan_wgangp_g, "one", (_WHOLE,)),
    "stylegan2/logistic": Witness(stylegan2_logistic_d, stylegan2_logistic_g, "one"),
    "stylegan2_ada/logistic": Witness(stylegan_logistic_d, stylegan_logistic_g, "one"),
    "stylegan3/logistic": Witness(stylegan_logistic_d, stylegan_logistic_g, "one"),
    "taming/hinge": Witness(taming_hinge_d, taming_g, "one"),
    "taming/vanilla": Witness(taming_vanilla_d, taming_g, "one"),
    "audiocraft/mse": Witness(audiocraft_mse_d, audiocraft_mse_g, "mean"),
    "audiocraft/hinge": Witness(audiocraft_hinge_d, audiocraft_hinge_g, "mean"),
    "audiocraft/hinge2": Witness(audiocraft_hinge_d, audiocraft_hinge2_g, "mean"),
    "hifigan/lsgan": Witness(hifigan_d, hifigan_g, "sum"),
    "parallel_wavegan/mse": Witness(pwg_mse_d, pwg_mse_g, "mean"),
    "parallel_wavegan/hinge": Witness(pwg_hinge_d, pwg_hinge_g, "mean"),
    "torchgan/minimax": Witness(torchgan_minimax_d, torchgan_minimax_g, "one", ({"label_smoothing": 0.1},)),
    "torchgan/minimax_saturating": Witness(
        torchgan_minimax_d, torchgan_minimax_saturating_g, "one", ({"label_smoothing": 0.1},)
    ),
    "torchgan/least_squares": Witness(
        torchgan_least_squares_d,
        torchgan_least_squares_g,
        "one",
        ({"a": -1.0, "b": 1.0, "c": 0.0}, {"a": 0.1, "b": 0.9, "c": 0.8}),
    ),
    "torchgan/wasserstein": Witness(torchgan_wasserstein_d, torchgan_wasserstein_g, "one"),
    "torchgan/energy_based": Witness(torchgan_energy_based_d, torchgan_energy_based_g, "one", ({"margin": 1.0},)),
    "studiogan/vanilla": Witness(studiogan_vanilla_d, studiogan_vanilla_g, "one"),
    "studiogan/logistic": Witness(studiogan_logistic_d, studiogan_logistic_g, "one"),
    "studiogan/least_square": Witness(studiogan_least_square_d, studiogan_least_square_g, "one"),
    "studiogan/hinge": Witness(studiogan_hinge_d, studiogan_hinge_g, "one"),
    "studiogan/wasserstein": Witness(studiogan_wasserstein_d, studiogan_wasserstein_g, "one"),
    "studiogan/mh": Witness(studiogan_mh_d, studiogan_mh_g, "one", ({"mh_lambda": 0.05},), ((1, 4), (5, 4))),
    "tfgan/wasserstein": Witness(tfgan_wasserstein_d, tfgan_wasserstein_g, "one"),
    "tfgan/wasserstein_hinge": Witness(
        tfgan_wasserstein_hinge_d, tfgan_wasserstein_hinge_g, "one", ({"real_hinge": 2.0, "generated_hinge": 0.5},)
    ),
    "tfgan/minimax": Witness(
        tfgan_minimax_d,
        tfgan_minimax_g,
        "one",
        ({"label_smoothing": 0.0}, {"label_smoothing": 0.1, "generator_label_smoothing": 0.2}),
    ),
    "tfgan/modified": Witness(
        tfgan_minimax_d,
        tfgan_modified_g,
        "one",
        ({"label_smoothing": 0.0}, {"label_smoothing": 0.1, "generator_label_smoothing": 0.2}),
    ),
    "tfgan/least_squares": Witness(
        tfgan_least_squares_d,
        tfgan_least_squares_g,
        "one",
        ({"real_label": 0.9, "fake_label": 0.1, "generator_real_label": 0.8},),
    ),
    "tfgan/relativistic": Witness(tfgan_relativistic_d, tfgan_relativistic_g, "one"),
    "r3gan/rpgan": Witness(r3gan_d, r3gan_g, "one"),
    "pix2pixhd/lsgan": Witness(pix2pixhd_lsgan_d, pix2pixhd_lsgan_g, "sum", (_TARGET, _WHOLE, _TARGET | _WHOLE)),
    "pix2pixhd/vanilla": Witness(pix2pixhd_vanilla_d, pix2pixhd_vanilla_g, "sum", (_TARGET, _WHOLE, _TARGET | _WHOLE)),
    "spade/ls": Witness(spade_ls_d, spade_ls_g, "mean", (_TARGET,)),
    "spade/original": Witness(spade_original_d, spade_original_g, "mean", (_TARGET,)),
    "spade/w": Witness(spade_w_d, spade_w_g, "mean"),
    "spade/hinge": Witness(spade_hinge_d, spade_hinge_g, "mean"),
    "imaginaire/hinge": Witness(imaginaire_hinge_d, imaginaire_hinge_g, "mean"),
    "imaginaire/least_square": Witness(imaginaire_least_square_d, imaginaire_least_square_g, "mean", (_TARGET,)),
    "imaginaire/non_saturated": Witness(imaginaire_bce_d, imaginaire_bce_g, "mean", (_TARGET,)),
    "imaginaire/wasserstein": Witness(imaginaire_wasserstein_d, imaginaire_wasserstein_g, "mean"),
    "imaginaire/softplus": Witness(imaginaire_bce_d, imaginaire_bce_g, "mean", (_TARGET,)),
    "mimicry/gan": Witness(mimicry_gan_d, mimicry_gan_g, "one", (_VAL, _VAL | {"generator_real_label_val": 0.8}), _B1),
    "mimicry/ns": Witness(mimicry_ns_d, mimicry_ns_g, "one", (_VAL,), _B1),
    "mimicry/hinge": Witness(mimicry_hinge_d, mimicry_hinge_g, "one"),
    "mimicry/wasserstein": Witness(mimicry_wasserstein_d, mimicry_wasserstein_g, "one"),
    "monai/bce": Witness(monai_bce_d, monai_bce_g, "mean"),
    "monai/hinge": Witness(monai_hinge_d, monai_hinge_g, "mean"),
    "monai/least_squares": Witness(monai_least_squares_d, monai_least_squares_g, "mean"),
    "monai/least_squares_no_activation": Witness(
        monai_least_squares_no_activation_d, monai_least_squares_no_activation_g, "mean"
    ),
}
