"""Witnesses: the GAN losses of research codebases, transcribed from those codebases' own source.

Every entry says what that codebase's D and G minimise for one head of logits, `r` on real and `f` on fake samples,
in that codebase's own sign (`gan_stability/wgan` and `gigagan_pytorch/hinge` want real low), with its own factors,
detached tensors and patch reduction. Weights that come from a config or a command line are left out.
Logits are what the critic gives before anything that the loss applies itself.
Nothing here looks at this library, so that the two can disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Witness:
    """What one codebase minimises, and how it puts several heads together."""

    d: Callable  # d(r, f, **parameters) -> 0-d tensor, what D minimises over both sides
    g: Callable  # g(f, r, **parameters) -> 0-d tensor, what G minimises
    heads: str = "mean"  # "mean", "sum", "concatenate", or "one": it only ever has one
    parameters: tuple[dict, ...] = ()  # non-default arguments worth testing, by the codebase's names
    shapes: tuple = ((1, 1), (5, 1), (2, 1, 3, 4))  # shapes of logits it accepts


# Both values are exact in float32: CUT keeps its labels in float32 buffers.
_CYCLEGAN_LABELS = {"target_real_label": 0.875, "target_fake_label": 0.125}
_BASICSR_LABELS = {"real_label_val": 0.875, "fake_label_val": 0.125}
_SAMPLES = ((1, 1), (5, 1))  # one logit per sample and no maps
_SEVERAL_SAMPLES = ((2, 1), (5, 1))  # a variance with n - 1 needs two samples
_MAPS = ((1, 1, 1, 1), (5, 1, 1, 1), (2, 1, 3, 4))  # the code unpacks four dimensions


def _bce(x, label):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label))


def _square(x, label):
    return ((x - label) ** 2).mean()


def _bce_up(x):
    return _bce(x, 1.0)


def _bce_down(x):
    return _bce(x, 0.0)


def _square_up(x):
    return _square(x, 1.0)


def _square_down(x):
    return _square(x, -1.0)


def _hinge_up(x):
    return F.relu(1 - x).mean()


def _hinge_down(x):
    return F.relu(1 + x).mean()


def _softplus_up(x):
    return F.softplus(-x).mean()


def _softplus_down(x):
    return F.softplus(x).mean()


def _plain(up, down):
    """D = up(r) + down(f), G = up(f)."""
    return (lambda r, f: up(r) + down(f)), (lambda f, r: up(f))


def _linear(up, down):
    """D = up(r) + down(f), G = -mean f."""
    return (lambda r, f: up(r) + down(f)), (lambda f, r: -f.mean())


# ---- XPixelGroup/BasicSR and xinntao/Real-ESRGAN


def esrgan_ragan_d(r, f, real_label_val=1.0, fake_label_val=0.0, discriminator_weight=0.5):
    """BasicSR basicsr/models/esrgan_model.py, ESRGANModel.optimize_parameters: two backwards, each other's mean detached."""
    real = _bce(r - f.detach().mean(), real_label_val)
    fake = _bce(f - r.detach().mean(), fake_label_val)
    return discriminator_weight * real + discriminator_weight * fake


def esrgan_ragan_g(f, r, real_label_val=1.0, fake_label_val=0.0, discriminator_weight=0.5):
    """BasicSR basicsr/models/esrgan_model.py, ESRGANModel.optimize_parameters: reals detached, mean of the fakes not."""
    r = r.detach()
    return (_bce(r - f.mean(), fake_label_val) + _bce(f - r.mean(), real_label_val)) / 2


def esrgan_vanilla_d(r, f, real_label_val=1.0, fake_label_val=0.0):
    """Real-ESRGAN realesrgan/models/realesrgan_model.py, optimize_parameters: no half."""
    return _bce(r, real_label_val) + _bce(f, fake_label_val)


def esrgan_vanilla_g(f, r, real_label_val=1.0, fake_label_val=0.0):
    """Real-ESRGAN realesrgan/models/realesrgan_model.py, optimize_parameters: the real label is G's too."""
    return _bce(f, real_label_val)


# ---- AlexiaJM/RelativisticGAN code/GAN_losses_iter.py and AlexiaJM/relativistic-f-divergences GAN.py
# "up" is a term that wants its argument high. No mean is detached in either repository, nor are G's reals.


def _bce_of_sigmoid():
    """RelativisticGAN code/GAN_losses_iter.py, loss_D 1: BCELoss on D's sigmoid, without BCELoss's clamp at -100."""
    return _plain(lambda x: -F.logsigmoid(x).mean(), lambda x: -F.logsigmoid(-x).mean())


def _least_squares():
    """GAN_losses_iter.py and GAN.py, loss_D 2: labels 1 and 0, no half."""
    return _plain(_square_up, lambda x: _square(x, 0.0))


def _wasserstein():
    """GAN_losses_iter.py, loss_D 3 and GAN.py, loss_D 4, without the gradient penalty."""
    return _linear(lambda x: -x.mean(), lambda x: x.mean())


def _average(up, down, divisor):
    """GAN_losses_iter.py, loss_D 6-8 (divisor 2) and GAN.py, loss_D 11-13 (divisor 1)."""

    def d(r, f):
        return (up(r - f.mean()) + down(f - r.mean())) / divisor

    def g(f, r):
        return (down(r - f.mean()) + up(f - r.mean())) / divisor

    return d, g


def _centred(up, down):
    """GAN.py, loss_D 21-23: both sides less the mean of the two means."""

    def d(r, f):
        centre = (r.mean() + f.mean()) / 2
        return up(r - centre) + down(f - centre)

    def g(f, r):
        centre = (r.mean() + f.mean()) / 2
        return down(r - centre) + up(f - centre)

    return d, g


def _paired(up, d_factor):
    """GAN_losses_iter.py, loss_D 5 (d_factor 1) and GAN.py, loss_D 31-33 (d_factor 2, for D alone)."""
    return (lambda r, f: d_factor * up(r - f)), (lambda f, r: up(f - r))


def _all_pairs(up):
    """GAN.py, loss_D 41-43: every real with every fake, twice the mean for D and for G."""

    def d(r, f):
        return 2 * up(r.reshape(-1, 1) - f.reshape(1, -1))

    def g(f, r):
        return 2 * up(f.reshape(1, -1) - r.reshape(-1, 1))

    return d, g


def _corrected(pair, factor):
    """GAN.py, no_bias with loss_D 12 (factor -1) and 22 (factor 1/2): variances (n - 1) over the batch size, G only f's."""
    biased_d, biased_g = pair

    def d(r, f):
        return biased_d(r, f) + factor * (r.flatten().var() + f.flatten().var()) / len(f)

    def g(f, r):
        return biased_g(f, r) + factor * f.flatten().var() / len(f)

    return d, g


# ---- google/lecam-gan biggan_cifar/losses.py, summed by third_party/train_fns.py


def lecam_gan_ls_d(r, f):
    """lecam-gan biggan_cifar/losses.py, loss_ls_dis: real -1, fake +1."""
    return _square(r, -1.0) + _square(f, 1.0)


def lecam_gan_ls_g(f, r):
    """lecam-gan biggan_cifar/losses.py, loss_ls_gen: target 0."""
    return _square(f, 0.0)


def lecam_gan_rahinge_d(r, f):
    """lecam-gan biggan_cifar/losses.py, loss_rahinge_dis: each half inside its mean, means not detached."""
    return (F.relu(1 - (r - f.mean())) / 2).mean() + (F.relu(1 + (f - r.mean())) / 2).mean()


def lecam_gan_rahinge_g(f, r):
    """lecam-gan biggan_cifar/losses.py, loss_rahinge_gen: of the reals only their mean, as a number, in both terms."""
    real_mean = r.mean().item()
    return (F.relu(1 + (real_mean - f.mean())) / 2 + F.relu(1 - (f - real_mean)) / 2).mean()


# ---- google-research/maskgit and magvit


def maskgit_hinge_d(r, f):
    """Maskgit maskgit/libml/losses.py, discriminator_loss: one mean of the sum of both sides."""
    return (F.relu(1 - r) + F.relu(1 + f)).mean()


def maskgit_non_saturating_d(r, f):
    """Maskgit maskgit/libml/losses.py, discriminator_loss: one mean of the sum of both sides."""
    return -(F.logsigmoid(r) + F.logsigmoid(-f)).mean()


def magvit_non_saturating_d(r, f):
    """Magvit videogvt/train_lib/losses.py, discriminator_loss: a mean per side."""
    return -F.logsigmoid(r).mean() - F.logsigmoid(-f).mean()


def maskgit_non_saturating_g(f, r):
    """Maskgit maskgit/libml/losses.py and magvit videogvt/train_lib/losses.py, generator_loss."""
    return -F.logsigmoid(f).mean()


# ---- TencentARC/SEED-Voken src/Open_MAGVIT2/modules/losses/vqperceptual.py


def open_magvit2_hinge_d(r, f):
    """Open_MAGVIT2 vqperceptual.py, hinge_d_loss: patch by patch, half."""
    return 0.5 * (_hinge_up(r) + _hinge_down(f))


def open_magvit2_vanilla_d(r, f):
    """Open_MAGVIT2 vqperceptual.py, vanilla_d_loss: patch by patch, half."""
    return 0.5 * (_softplus_up(r) + _softplus_down(f))


def open_magvit2_non_saturate_d(r, f):
    """Open_MAGVIT2 vqperceptual.py, non_saturate_discriminator_loss: mean logit of each sample first, no half."""
    return -F.logsigmoid(r.flatten(1).mean(1)).mean() - F.logsigmoid(-f.flatten(1).mean(1)).mean()


def open_magvit2_g(f, r):
    """Open_MAGVIT2 vqperceptual.py, non_saturate_gen_loss, whatever disc_loss is: mean logit of each sample first."""
    return -F.logsigmoid(f.flatten(1).mean(1)).mean()


# ---- Distillation


def self_forcing_relativistic_d(r, f):
    """Self-Forcing model/gan.py, GAN.critic_loss with relativistic_discriminator: paired, no factor 2."""
    return F.softplus(-(r - f)).mean()


def self_forcing_relativistic_g(f, r):
    """Self-Forcing model/gan.py, GAN.generator_loss with relativistic_discriminator: reals not detached."""
    return F.softplus(-(f - r)).mean()


# ---- taesungp/contrastive-unpaired-translation models/networks.py (GANLoss) and models/cut_model.py


def _cut_labelled(loss):
    """CUT GANLoss, lsgan and vanilla; cut_model.py halves D, and gives G the real label."""

    def d(r, f, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
        return discriminator_weight * (loss(f, target_fake_label) + loss(r, target_real_label))

    def g(f, r, target_real_label=1.0, target_fake_label=0.0, discriminator_weight=0.5):
        return loss(f, target_real_label)

    return d, g


def cut_wgangp_d(r, f, discriminator_weight=0.5):
    """CUT GANLoss, wgangp; cut_model.py, compute_D_loss: half, no penalty."""
    return discriminator_weight * (f.mean() - r.mean())


def cut_wgangp_g(f, r, discriminator_weight=0.5):
    """CUT GANLoss, wgangp; cut_model.py, compute_G_loss."""
    return -f.mean()


def cut_nonsaturating_d(r, f, discriminator_weight=0.5):
    """CUT GANLoss, nonsaturating: a vector of samples; cut_model.py, compute_D_loss: its mean, half."""
    real, fake = F.softplus(-r).flatten(1).mean(1), F.softplus(f).flatten(1).mean(1)
    return discriminator_weight * (fake.mean() + real.mean())


def cut_nonsaturating_g(f, r, discriminator_weight=0.5):
    """CUT GANLoss, nonsaturating: a vector of samples; cut_model.py, compute_G_loss: its mean."""
    return F.softplus(-f).flatten(1).mean(1).mean()


# ---- Real low, fake high


def gan_stability_wgan_d(r, f):
    """GAN_stability gan_training/train.py, Trainer.compute_loss: (2 target - 1) mean, so real goes down."""
    return r.mean() - f.mean()


def gan_stability_wgan_g(f, r):
    """GAN_stability gan_training/train.py, Trainer.generator_trainstep: target 1, so fake goes down."""
    return f.mean()


def gigagan_hinge_d(r, f):
    """gigagan-pytorch gigagan_pytorch/gigagan_pytorch.py, discriminator_hinge_loss: real below -1, fake above 1."""
    return (F.relu(1 + r) + F.relu(1 - f)).mean()


def gigagan_hinge_g(f, r):
    """gigagan-pytorch gigagan_pytorch/gigagan_pytorch.py, generator_hinge_loss."""
    return f.mean()


WITNESSES: dict[str, Witness] = {
    "esrgan/ragan": Witness(esrgan_ragan_d, esrgan_ragan_g, "one", parameters=({"discriminator_weight": 1.0}, _BASICSR_LABELS)),
    "esrgan/vanilla": Witness(esrgan_vanilla_d, esrgan_vanilla_g, "one", parameters=(_BASICSR_LABELS,)),
    # AlexiaJM/RelativisticGAN code/GAN_losses_iter.py, loss_D 1 to 8
    "relativistic_gan/gan": Witness(*_bce_of_sigmoid(), "one"),
    "relativistic_gan/lsgan": Witness(*_least_squares(), "one"),
    "relativistic_gan/wgan-gp": Witness(*_wasserstein(), "one"),
    "relativistic_gan/hingegan": Witness(*_linear(_hinge_up, _hinge_down), "one"),
    "relativistic_gan/rsgan": Witness(*_paired(_bce_up, 1), "one"),
    "relativistic_gan/rasgan": Witness(*_average(_bce_up, _bce_down, 2), "one"),
    "relativistic_gan/ralsgan": Witness(*_average(_square_up, _square_down, 2), "one"),
    "relativistic_gan/rahingegan": Witness(*_average(_hinge_up, _hinge_down, 2), "one"),
    # AlexiaJM/relativistic-f-divergences GAN.py, loss_D 1 to 4, 11 to 13, 21 to 23, 31 to 33, 41 to 43, no_bias
    "relativistic_f_divergences/sgan": Witness(*_plain(_bce_up, _bce_down), "one"),
    "relativistic_f_divergences/lsgan": Witness(*_least_squares(), "one"),
    "relativistic_f_divergences/hingegan": Witness(*_linear(_hinge_up, _hinge_down), "one"),
    "relativistic_f_divergences/wgan-gp": Witness(*_wasserstein(), "one"),
    "relativistic_f_divergences/rasgan": Witness(*_average(_bce_up, _bce_down, 1), "one"),
    "relativistic_f_divergences/ralsgan": Witness(*_average(_square_up, _square_down, 1), "one"),
    "relativistic_f_divergences/rahingegan": Witness(*_average(_hinge_up, _hinge_down, 1), "one"),
    "relativistic_f_divergences/rcsgan": Witness(*_centred(_bce_up, _bce_down), "one"),
    "relativistic_f_divergences/rclsgan": Witness(*_centred(_square_up, _square_down), "one"),
    "relativistic_f_divergences/rchingegan": Witness(*_centred(_hinge_up, _hinge_down), "one"),
    "relativistic_f_divergences/rpsgan": Witness(*_paired(_bce_up, 2), "one"),
    "relativistic_f_divergences/rplsgan": Witness(*_paired(_square_up, 2), "one"),
    "relativistic_f_divergences/rphingegan": Witness(*_paired(_hinge_up, 2), "one"),
    "relativistic_f_divergences/rpsgan_mvue": Witness(*_all_pairs(_bce_up), "one", shapes=_SAMPLES),
    "relativistic_f_divergences/rplsgan_mvue": Witness(*_all_pairs(_square_up), "one", shapes=_SAMPLES),
    "relativistic_f_divergences/rphingegan_mvue": Witness(*_all_pairs(_hinge_up), "one", shapes=_SAMPLES),
    "relativistic_f_divergences/ralsgan_unbiased": Witness(
        *_corrected(_average(_square_up, _square_down, 1), -1), "one", shapes=_SEVERAL_SAMPLES
    ),
    "relativistic_f_divergences/rclsgan_unbiased": Witness(
        *_corrected(_centred(_square_up, _square_down), 0.5), "one", shapes=_SEVERAL_SAMPLES
    ),
    # google/lecam-gan biggan_cifar/losses.py: loss_dcgan_*, loss_ls_*, loss_hinge_*, loss_rahinge_*
    "lecam_gan/dcgan": Witness(*_plain(_softplus_up, _softplus_down), "one"),
    "lecam_gan/ls": Witness(lecam_gan_ls_d, lecam_gan_ls_g, "one"),
    "lecam_gan/hinge": Witness(*_linear(_hinge_up, _hinge_down), "one"),
    "lecam_gan/rahinge": Witness(lecam_gan_rahinge_d, lecam_gan_rahinge_g, "one"),
    # autonomousvision/projected-gan training/loss.py; pg_modules/discriminator.py, MultiScaleD: (B, all logits of all heads)
    "projected_gan/hinge": Witness(*_linear(_hinge_up, _hinge_down), "concatenate"),
    # google-research/maskgit maskgit/libml/losses.py, google-research/magvit videogvt/train_lib/losses.py
    "maskgit/hinge": Witness(maskgit_hinge_d, lambda f, r: -f.mean(), "one"),
    "maskgit/non-saturating": Witness(maskgit_non_saturating_d, maskgit_non_saturating_g, "one"),
    "magvit/hinge": Witness(*_linear(_hinge_up, _hinge_down), "one"),
    "magvit/non-saturating": Witness(magvit_non_saturating_d, maskgit_non_saturating_g, "one"),
    "open_magvit2/hinge": Witness(open_magvit2_hinge_d, open_magvit2_g, "one", shapes=_MAPS),
    "open_magvit2/vanilla": Witness(open_magvit2_vanilla_d, open_magvit2_g, "one", shapes=_MAPS),
    "open_magvit2/non_saturate": Witness(open_magvit2_non_saturate_d, open_magvit2_g, "one", shapes=_MAPS),
    # tianweiy/DMD2 main/sd_guidance.py and main/edm/edm_guidance.py, compute_*_clean_cls_loss
    "dmd2/non_saturating": Witness(*_plain(_softplus_up, _softplus_down), "one"),
    # guandeh17/Self-Forcing model/gan.py, GAN.critic_loss and GAN.generator_loss: logits (B, classes)
    "self_forcing/non_saturating": Witness(*_plain(_softplus_up, _softplus_down), "one"),
    "self_forcing/relativistic": Witness(self_forcing_relativistic_d, self_forcing_relativistic_g, "one"),
    # NVlabs/FastGen fastgen/methods/common_loss.py, gan_loss_*: two dimensions asserted, the heads are columns
    "fastgen/non_saturating": Witness(*_plain(_softplus_up, _softplus_down), "concatenate", shapes=((1, 1), (5, 1), (4, 3))),
    # G-U-N/Phased-Consistency-Model code/text_to_image_sd15/discriminator_sd15.py, Discriminator.d_loss and g_loss
    "pcm/hinge": Witness(*_plain(_hinge_up, _hinge_down), "mean"),
    "cut/lsgan": Witness(*_cut_labelled(_square), "one", parameters=({"discriminator_weight": 1.0}, _CYCLEGAN_LABELS)),
    "cut/vanilla": Witness(*_cut_labelled(_bce), "one", parameters=({"discriminator_weight": 1.0}, _CYCLEGAN_LABELS)),
    "cut/wgangp": Witness(cut_wgangp_d, cut_wgangp_g, "one", parameters=({"discriminator_weight": 1.0},)),
    "cut/nonsaturating": Witness(cut_nonsaturating_d, cut_nonsaturating_g, "one", parameters=({"discriminator_weight": 1.0},)),
    # LMescheder/GAN_stability gan_training/train.py, Trainer.compute_loss
    "gan_stability/standard": Witness(*_plain(_bce_up, _bce_down), "one"),
    "gan_stability/wgan": Witness(gan_stability_wgan_d, gan_stability_wgan_g, "one"),
    "gigagan_pytorch/hinge": Witness(gigagan_hinge_d, gigagan_hinge_g, "one"),
}
