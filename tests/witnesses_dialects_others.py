"""Witnesses: the GAN losses of super-resolution, distillation, tabular and other codebases, transcribed from those
codebases' own source, in the manner of `witnesses_dialects_research.py`: one head of logits, `r` on real and `f` on fake
samples.

Weights from a config and penalties are left out.
"""

import torch
import torch.nn.functional as F

from witnesses_dialects_research import Witness

# Exact in float32, in which some codebases keep their labels.
_LABEL_VALS = {"real_label_val": 0.875, "fake_label_val": 0.125}
_WEIGHT = {"loss_weight": 0.5}
_TARGET_LABELS = {"target_real_label": 0.875, "target_fake_label": 0.125}
_SAMPLES = ((1, 1), (5, 1))


def _bce(x, label):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label))


def _square(x, label):
    return ((x - label) ** 2).mean()


def _linear_g(f, r):
    return -f.mean()


def _wasserstein_d(r, f):
    return -r.mean() + f.mean()


def _softplus_d(r, f):
    return F.softplus(-r).mean() + F.softplus(f).mean()


def _softplus_g(f, r):
    return F.softplus(-f).mean()


def _hinge_d(r, f):
    return F.relu(1.0 - r).mean() + F.relu(1.0 + f).mean()


def _paired_d(r, f):
    return F.softplus(-(r - f)).mean()


def _paired_g(f, r):
    return F.softplus(-(f - r)).mean()


def _labelled(cost, default_weight=1.0):
    """BasicSR's frame: two backwards, no half, the real label is G's too, and loss_weight, where there is one, G's alone."""

    def d(r, f, real_label_val=1.0, fake_label_val=0.0, loss_weight=default_weight):
        return cost(r, real_label_val) + cost(f, fake_label_val)

    def g(f, r, real_label_val=1.0, fake_label_val=0.0, loss_weight=default_weight):
        return loss_weight * cost(f, real_label_val)

    return d, g


# ---- neosr-project/neosr neosr/losses/gan_loss.py (gan_type bce, mse, huber) and neosr/models/image.py. loss_weight (0.1) is
# G's alone. In the newest models/image.py (of 2025) G's pass through D is under inference_mode: its loss is a number that is
# added and logged, and G has no adversarial gradient at all. In muslll/neosr of September 2024 it has.


def _huber(x, label):
    return F.huber_loss(x, torch.full_like(x, label))


# ---- the-database/traiNNer-redux traiNNer/losses/gan_loss.py: BasicSR's, but loss_weight is not applied in it: the model
# does. MultiScaleGANLoss adds float losses in place to a whole-number tensor, which raises; with one logit map it does not.


def _negative_mean(x, label):
    return -x.mean() if label else x.mean()


def trainner_redux_hinge_g(f, r):
    """traiNNer-redux gan_loss.py, GANLoss.forward with is_disc False."""
    return -f.mean()


# ---- cszn/KAIR models/loss.py, GANLoss, and models/model_gan.py: no half but in ragan, and D_lossfn_weight is G's alone. The
# model always gives the labels 1 and 0. ragan: means over the batch alone, one for each place of a patch map, and detached on
# the side that is not stepped.


def kair_ragan_d(r, f):
    """KAIR model_gan.py, optimize_parameters: two backwards."""
    real = _bce(r - f.detach().mean(0, keepdim=True), 1.0)
    return 0.5 * real + 0.5 * _bce(f - r.detach().mean(0, keepdim=True), 0.0)


def kair_ragan_g(f, r):
    """KAIR model_gan.py, optimize_parameters: reals detached, mean of the fakes not."""
    r = r.detach()
    return (_bce(r - f.mean(0, keepdim=True), 0.0) + _bce(f - r.mean(0, keepdim=True), 1.0)) / 2


# ---- nupurkmr9/vision-aided-gan vision_aided_loss/cv_losses.py (loss_type sigmoid, sigmoid_s, hinge, and each with
# multilevel_, and several of them for several critics, joined by +): everything is added, heads and critics. The _s ones have
# alpha 0.8 for the label 1, G's too. sigmoid gives one number a sample, whose mean the trainer takes; hinge is a mean at
# once. multilevel_sigmoid takes heads (B, 1) or (B, h, w): of four dimensions it would mix places and samples. Labels are
# float32: 0.8 is 0.800000012.


def vision_aided_sigmoid_d(r, f, alpha=1.0):
    """vision-aided-gan cv_losses.py, sigmoid_loss and multilevel_loss."""
    return _bce(r, alpha) + _bce(f, 0.0)


def vision_aided_sigmoid_g(f, r, alpha=1.0):
    """vision-aided-gan cv_losses.py, sigmoid_loss and multilevel_loss with for_G."""
    return _bce(f, alpha)


_ALPHA = ({"alpha": 0.875},)
# sigmoid has its mean over the second dimension alone, of logits (B, 1) or (B, n).
_TWO_DIMENSIONS = ((1, 1), (5, 1), (4, 3))


# ---- jolibrain/joliGEN models/modules/loss.py, DiscriminatorGANLoss (train_gan_mode lsgan, vanilla, wgangp, projected) and
# DiscriminatorContrastiveLoss. D is halved, G not. With label smoothing the real label is 0.9, G's too. projected: CUT's
# GANLoss with a hinge for D and -mean for G. contrastive: each logit of the whole batch, patches too, is picked by a softmax
# among itself and all logits of the other side; D has half of both directions, G only one of them, that of the negated
# logits, and not D's with the sides exchanged.


def _joligen_labelled(cost):
    def d(r, f, target_real_label=1.0, target_fake_label=0.0):
        return 0.5 * (cost(r, target_real_label) + cost(f, target_fake_label))

    def g(f, r, target_real_label=1.0, target_fake_label=0.0):
        return cost(f, target_real_label)

    return d, g


def _picked(ones, many):
    ones, many = ones.flatten(), many.flatten()
    rows = torch.cat([ones.unsqueeze(1), many.expand(len(ones), -1)], 1)
    return (torch.logsumexp(rows, 1) - ones).mean()


def joligen_contrastive_d(r, f):
    """joliGEN loss.py, DiscriminatorContrastiveLoss.compute_loss_D."""
    return 0.5 * (_picked(r, f) + _picked(-f, -r))


def joligen_contrastive_g(f, r):
    """joliGEN loss.py, DiscriminatorContrastiveLoss.compute_loss_G: -r among -r and all -f, reals not detached."""
    return _picked(-r, -f)


# ---- ByteDance-Seed/Adversarial-Flow-Models train_adversarial_flow_imagenet.py (afm/afm) and
# train_continuous_adversarial_flow_imagenet.py (afm/cafm, where the logits are the derivatives of D along the real and the
# predicted velocity). Left out: finite-difference R1 and R2 on a quarter of the batch, gp E[w (D(x + 0.01 n) - D(x))^2] /
# 0.01^2 with gp 0.25 (no half) and the time step w; the centring cp E (r + f)^2, cp 0.01, of paired sums (afm) and cp E D^2,
# cp 0.001, of D's own output (cafm); G's transport cost.


def afm_centring(r, f, cp_scale=0.01):
    """Adversarial-Flow-Models train_adversarial_flow_imagenet.py, dis_loss_cp, a term of D's loss."""
    return cp_scale * ((r + f) ** 2).mean()


def cafm_d(r, f):
    """Adversarial-Flow-Models train_continuous_adversarial_flow_imagenet.py: labels 1 and -1, no half."""
    return _square(r, 1.0) + _square(f, -1.0)


def cafm_g(f, r):
    """Adversarial-Flow-Models train_continuous_adversarial_flow_imagenet.py: label 1."""
    return _square(f, 1.0)


# ---- hse1032/GAT losses/Rp_loss.py: logits (B, n), a mean over n and then over samples. Reals without gradient for G. The
# exact gradient penalty is called with one argument more than it takes, a TypeError: only the approximate one runs, which is
# what train.py asks for, gamma / 2 E mean_n ((D(augmented (x + 0.01 n)) - D) / 0.01)^2 on both sides, with the augmentation
# of D's pass.


def gat_g(f, r):
    """GAT Rp_loss.py, step_gen."""
    return F.softplus(-(f - r.detach())).mean(-1).mean()


# ---- gojasper/flash-diffusion src/flash/models/flash/flash_diffusion_model.py (and flash_sd3/), _gan_loss, gan_loss_type
# hinge (the default), vanilla, non-saturating, wgan, lsgan. D and G take turns by the step's parity. lsgan has a sigmoid
# before the square, and its half. non-saturating has 1e-8 in its logarithms, so that a wrong logit beyond 18.4 has no
# gradient; one mean of the sum of both sides. wgan: D's weights are clipped to 0.01 at G's steps too, no penalty.


def flash_diffusion_lsgan_d(r, f):
    """flash-diffusion flash_diffusion_model.py, lsgan."""
    return 0.5 * (_square(torch.sigmoid(r), 1.0) + _square(torch.sigmoid(f), 0.0))


def flash_diffusion_lsgan_g(f, r):
    """flash-diffusion flash_diffusion_model.py, lsgan: no half."""
    return _square(torch.sigmoid(f), 1.0)


def flash_diffusion_non_saturating_d(r, f):
    """flash-diffusion flash_diffusion_model.py, non-saturating."""
    return -(torch.log(torch.sigmoid(r) + 1e-8) + torch.log(1 - torch.sigmoid(f) + 1e-8)).mean()


def flash_diffusion_non_saturating_g(f, r):
    """flash-diffusion flash_diffusion_model.py, non-saturating."""
    return -torch.log(torch.sigmoid(f) + 1e-8).mean()


# ---- NVlabs/denoising-diffusion-gan train_ddgan.py: D's sides by two backwards; r1_gamma / 2 E |gradient|^2 on the reals,
# which with lazy_reg is taken each lazy_reg steps and not multiplied by their number.

# ---- sdv-dev/CTGAN ctgan/synthesizers/ctgan.py: a critic of `pac` (10) rows at once, one logit a pack, and lambda_ 10
# E (|gradient| - 1)^2 on mixtures, one mixing number and one norm a pack, in a backward of its own.

# ---- rjha18/vec2vec utils/gan.py, gan_style vanilla, least_squares, relativistic: real low. `smooth` (0.9 in the configs) is
# the label of the fakes and 1 - smooth that of the reals, in vanilla alone; G has the unsmoothed label. least_squares has
# half in both. The penalty (coefficient 0 in the configs) is of the squared gradient summed over the whole batch, on both
# sides, no half; relativistic has none, and counts as right what it trains against.


def vec2vec_vanilla_d(r, f, smooth=0.9):
    """vec2vec gan.py, VanillaGAN."""
    return (_bce(r, 1 - smooth) + _bce(f, smooth)) / 2


def vec2vec_vanilla_g(f, r, smooth=0.9):
    """vec2vec gan.py, VanillaGAN: label 0, D's smoothing has no part in it."""
    return _bce(f, 0.0)


# ---- mehta-lab/VisCy packages/viscy-models/src/viscy_models/gan/losses.py: pix2pixHD's mean over scales. lsgan's D has its
# half, nonsat and rpgan have none. R1 and R2 of each scale, and then their mean.

# ---- meteofrance/mfai mfai/pytorch/losses/dgmr.py: one hinge of the spatial and the temporal score, (B, 2, 1).

# ---- deepinv/deepinv deepinv/loss/adversarial/base.py and consistency.py: the supervised D has a half, the unsupervised one
# none. weight_adv: 0.01 for the supervised G, 0.5 for UAIR's, else 1.


def _deepinv_d(factor):
    return lambda r, f: factor * (_square(r, 1.0) + _square(f, 0.0))


WITNESSES: dict[str, Witness] = {
    "neosr/bce": Witness(*_labelled(_bce, 0.1), "one", (_LABEL_VALS, _WEIGHT)),
    "neosr/mse": Witness(*_labelled(_square, 0.1), "one", (_LABEL_VALS, _WEIGHT)),
    "neosr/huber": Witness(*_labelled(_huber, 0.1), "one", (_LABEL_VALS, _WEIGHT)),
    "trainner_redux/vanilla": Witness(*_labelled(_bce), "one", (_LABEL_VALS,)),
    "trainner_redux/lsgan": Witness(*_labelled(_square), "one", (_LABEL_VALS,)),
    "trainner_redux/wgan": Witness(*_labelled(_negative_mean), "one"),
    "trainner_redux/wgan_softplus": Witness(_softplus_d, _softplus_g, "one"),
    "trainner_redux/hinge": Witness(_hinge_d, trainner_redux_hinge_g, "one"),
    "kair/gan": Witness(*_labelled(_bce), "one"),
    "kair/ragan": Witness(kair_ragan_d, kair_ragan_g, "one", shapes=_SAMPLES),
    "kair/lsgan": Witness(*_labelled(_square), "one"),
    "kair/wgan": Witness(_wasserstein_d, _linear_g, "one"),
    "kair/softplusgan": Witness(_softplus_d, _softplus_g, "one"),
    "vision_aided/sigmoid": Witness(vision_aided_sigmoid_d, vision_aided_sigmoid_g, "sum", _ALPHA, _TWO_DIMENSIONS),
    "vision_aided/multilevel_sigmoid": Witness(vision_aided_sigmoid_d, vision_aided_sigmoid_g, "sum", _ALPHA),
    "vision_aided/multilevel_sigmoid_s": Witness(
        lambda r, f: vision_aided_sigmoid_d(r, f, 0.8), lambda f, r: vision_aided_sigmoid_g(f, r, 0.8), "sum"
    ),
    "vision_aided/multilevel_hinge": Witness(_hinge_d, _linear_g, "sum"),
    "joligen/lsgan": Witness(*_joligen_labelled(_square), "one", (_TARGET_LABELS,)),
    "joligen/vanilla": Witness(*_joligen_labelled(_bce), "one", (_TARGET_LABELS,)),
    "joligen/wgangp": Witness(lambda r, f: 0.5 * _wasserstein_d(r, f), _linear_g, "one"),
    "joligen/projected": Witness(lambda r, f: 0.5 * _hinge_d(r, f), _linear_g, "one"),
    "joligen/contrastive": Witness(joligen_contrastive_d, joligen_contrastive_g, "one"),
    "afm/afm": Witness(_paired_d, _paired_g, "one"),
    "afm/cafm": Witness(cafm_d, cafm_g, "one"),
    "gat/rpgan": Witness(_paired_d, gat_g, "one", shapes=((1, 1), (5, 1), (4, 3))),
    "flash_diffusion/hinge": Witness(_hinge_d, _linear_g, "one"),
    "flash_diffusion/vanilla": Witness(_softplus_d, _softplus_g, "one"),
    "flash_diffusion/non-saturating": Witness(flash_diffusion_non_saturating_d, flash_diffusion_non_saturating_g, "one"),
    "flash_diffusion/wgan": Witness(_wasserstein_d, _linear_g, "one"),
    "flash_diffusion/lsgan": Witness(flash_diffusion_lsgan_d, flash_diffusion_lsgan_g, "one"),
    "ddgan/softplus": Witness(_softplus_d, _softplus_g, "one"),
    "ctgan/wgan-gp": Witness(_wasserstein_d, _linear_g, "one", shapes=_SAMPLES),
    "vec2vec/vanilla": Witness(vec2vec_vanilla_d, vec2vec_vanilla_g, "one", ({"smooth": 0.625},), _SAMPLES),
    "vec2vec/least_squares": Witness(
        lambda r, f: (_square(r, 0.0) + _square(f, 1.0)) / 2, lambda f, r: 0.5 * _square(f, 0.0), "one", shapes=_SAMPLES
    ),
    "vec2vec/relativistic": Witness(lambda r, f: _bce(f - r, 1.0), lambda f, r: _bce(r - f, 1.0), "one", shapes=_SAMPLES),
    "viscy/lsgan": Witness(lambda r, f: 0.5 * (_square(r, 1.0) + _square(f, 0.0)), lambda f, r: _square(f, 1.0), "mean"),
    "viscy/nonsat": Witness(_softplus_d, _softplus_g, "mean"),
    "viscy/rpgan": Witness(_paired_d, _paired_g, "mean"),
    "mfai/hinge": Witness(_hinge_d, _linear_g, "one"),
    "deepinv/supervised": Witness(_deepinv_d(0.5), lambda f, r: _square(f, 1.0), "one"),
    "deepinv/unsupervised": Witness(_deepinv_d(1.0), lambda f, r: _square(f, 1.0), "one"),
}
