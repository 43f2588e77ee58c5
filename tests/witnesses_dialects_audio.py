"""Witnesses: the GAN losses of neural codecs and vocoders, transcribed from those codebases' own source, in the manner of
`witnesses_dialects_research.py`: one head of logits, `r` on real and `f` on fake samples.

A head is one sub-discriminator. Feature matching and spectral losses are left out, and so are weights from a config.
"""

import torch
import torch.nn.functional as F

from witnesses_dialects_research import Witness


def _least_squares_d(r, f):
    return ((1 - r) ** 2).mean() + (f**2).mean()


def _least_squares_g(f, r):
    return ((1 - f) ** 2).mean()


def _paired_d(r, f):
    return F.softplus(-(r - f)).mean()


def _paired_g(f, r):
    return F.softplus(r - f).mean()


# ---- descriptinc/descript-audio-codec dac/nn/loss.py, GANLoss: sums over sub-discriminators, each head's last map. Reals of
# the feature matching are detached; the discriminators of reals are run with gradient for G too.

# ---- gemelo-ai/vocos vocos/loss.py and vocos/experiment.py: the classes sum over sub-discriminators, the experiment divides
# by how many there are: a mean for the multi-period family and one for the multi-resolution family, which are added, the
# second with mrd_loss_coeff. Both sides of the feature matching have a gradient.


def vocos_d(r, f):
    """Vocos loss.py, DiscriminatorLoss: a hinge on both sides."""
    return torch.clamp(1 - r, min=0).mean() + torch.clamp(1 + f, min=0).mean()


def vocos_g(f, r):
    """Vocos loss.py, GeneratorLoss: G is hinged too."""
    return torch.clamp(1 - f, min=0).mean()


# ---- jishengpeng/WavTokenizer decoder/loss.py and decoder/experiment.py: the loss of Vocos on its two families (means), plus
# that of DAC on a third (a sum: `dac/lsgan`), the third without a weight. G reads DAC's losses also before the discriminators
# are trained, when they do not exist yet: pretrain_mel_steps > 0 fails.

# ---- zhenye234/X-Codec-2.0 criterions/gan_loss.py and lightning_module.py: sums over the sub-discriminators
# of both families, in one list. Labels are tensors of ones and zeros.

# ---- NVIDIA/BigVGAN loss.py: HiFi-GAN's, sums over the sub-discriminators; features twice. In train.py both families are
# added.

# ---- xiph/opus dnn/torch/fargan/adv_train_fargan.py and dnn/torch/osce/adv_train_{model,vocoder,bwe_model}.py: a half of the
# mean over sub-discriminators for D, the mean without the half for G.


def opus_d(r, f):
    """Opus adv_train_fargan.py: half."""
    return 0.5 * ((f**2).mean() + ((1 - r) ** 2).mean())


# ---- jaywalnut310/vits losses.py: HiFi-GAN's sums, with the logits made float32 first.


def vits_d(r, f):
    """VITS losses.py, discriminator_loss. Its .float() is what is computed in: float32, in half precision as in double. Not
    transcribed, so that this can be compared in double precision."""
    return _least_squares_d(r, f)


# ---- yl4579/StyleTTS2 losses.py: least squares plus a truncated relativistic term (Li & Wang 2022,
# doi:10.1145/3573834.3574506), both summed over sub-discriminators, and both families added. The relativistic G is called
# with reals first and names its arguments the other way round: D's with the sides exchanged, as it should be. The least
# squares of the discriminator of WavLM's features have no such term: styletts2/lsgan.


def _truncated(high, low, tau=0.04):
    """tau - relu(tau - L), L the mean square of high - low less its median, where high < low + median: where the difference
    is below the median but for rounding. torch's median is the lower of the two middle ones. NaN if nothing is below it."""
    difference = high - low
    median = torch.median(difference)
    below = (difference - median)[difference < median]
    return tau - F.relu(tau - (below**2).mean())


def styletts2_tprls_d(r, f):
    """StyleTTS2 losses.py, discriminator_TPRLS_loss: no gradient stops at the median."""
    return _truncated(r, f)


def styletts2_tprls_g(f, r):
    """StyleTTS2 losses.py, generator_TPRLS_loss: reals not detached."""
    return _truncated(f, r)


def styletts2_d(r, f):
    """StyleTTS2 losses.py, DiscriminatorLoss.forward."""
    return _least_squares_d(r, f) + _truncated(r, f)


def styletts2_g(f, r):
    """StyleTTS2 losses.py, GeneratorLoss.forward, without features."""
    return _least_squares_g(f, r) + _truncated(f, r)


# One value has none below it: NaN there.
_SEVERAL = ((5, 1), (2, 1, 3, 4))


# ---- Stability-AI/stable-audio-tools stable_audio_tools/models/discriminators.py and arc.py, training/arc.py.
# EncodecDiscriminator (loss_type hinge or rpgan): the mean over sub-discriminators. DACGANLoss (lsgan, or use_hinge): mean over
# them too, unlike DAC's sum; its hinge has DAC's labels 1 and 0 and so its kinks at r = 1, f = 0 and, for G, f = 1. The CQT
# discriminator: least squares, mean over heads; BigVGANDiscriminator adds that to DACGANLoss. OobleckDiscriminator: hinge of
# one score a sample, the mean of each sub-discriminator's map over its positions and then the sum over all of them.
# The critics of arc.py (loss_type lsgan or relativistic) are one head. training/arc.py, whose loss is the relativistic one,
# adds for D a contrastive one, the same of reals and of reals with another sample's prompt (the prompts are moved in place,
# one sample after another, so the last sample gets the second one's and, in a batch of 2, keeps its own), and half of
# E sum (D(x + 0.05 n) - D(x))^2 on reals and on fakes, not divided by 0.05^2.


def stable_audio_hinge_d(r, f):
    """stable-audio-tools discriminators.py, get_hinge_losses."""
    return torch.relu(1 - r).mean() + torch.relu(1 + f).mean()


def stable_audio_hinge_g(f, r):
    """stable-audio-tools discriminators.py, get_hinge_losses."""
    return -f.mean()


def stable_audio_use_hinge_d(r, f):
    """stable-audio-tools discriminators.py, DACGANLoss.discriminator_loss with use_hinge."""
    return F.relu(f).mean() + F.relu(1 - r).mean()


def stable_audio_use_hinge_g(f, r):
    """stable-audio-tools discriminators.py, DACGANLoss.generator_loss with use_hinge."""
    return F.relu(1 - f).mean()


WITNESSES: dict[str, Witness] = {
    "dac/lsgan": Witness(_least_squares_d, _least_squares_g, "sum"),
    "vocos/hinge": Witness(vocos_d, vocos_g, "mean"),
    "wavtokenizer/hinge": Witness(vocos_d, vocos_g, "mean"),
    "xcodec2/lsgan": Witness(_least_squares_d, _least_squares_g, "sum"),
    "bigvgan/lsgan": Witness(_least_squares_d, _least_squares_g, "sum"),
    "opus/lsgan": Witness(opus_d, _least_squares_g, "mean"),
    "vits/lsgan": Witness(vits_d, _least_squares_g, "sum"),
    "styletts2/lsgan": Witness(_least_squares_d, _least_squares_g, "sum"),
    "styletts2/tprls": Witness(styletts2_tprls_d, styletts2_tprls_g, "sum", shapes=_SEVERAL),
    "styletts2/lsgan_tprls": Witness(styletts2_d, styletts2_g, "sum", shapes=_SEVERAL),
    "stable_audio/hinge": Witness(stable_audio_hinge_d, stable_audio_hinge_g, "mean"),
    "stable_audio/rpgan": Witness(_paired_d, _paired_g, "mean"),
    "stable_audio/lsgan": Witness(_least_squares_d, _least_squares_g, "mean"),
    "stable_audio/use_hinge": Witness(stable_audio_use_hinge_d, stable_audio_use_hinge_g, "mean"),
}
