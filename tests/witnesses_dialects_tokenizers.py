"""Witnesses: the GAN losses of image and video tokenizers, transcribed from those codebases' own source, in the manner of
`witnesses_dialects_research.py`: one head of logits, `r` on real and `f` on fake samples.

Nearly all descend from CompVis/taming-transformers, whose D is halved and whose G is -mean f with any D. The weights of G
(an adaptive one, a start, a factor) and penalties are left out; so is the weight that some of them put before D's loss too.
"""

import torch
import torch.nn.functional as F

from witnesses_dialects_research import Witness


def _hinge_up(x):
    return F.relu(1.0 - x).mean()


def _hinge_down(x):
    return F.relu(1.0 + x).mean()


def _softplus_up(x):
    return F.softplus(-x).mean()


def _softplus_down(x):
    return F.softplus(x).mean()


def _linear_up(x):
    return -x.mean()


def _linear_down(x):
    return x.mean()


def _linear_g(f, r):
    return -f.mean()


def _half(up, down):
    return lambda r, f: 0.5 * (up(r) + down(f))


def _whole(up, down):
    return lambda r, f: up(r) + down(f)


# ---- FoundationVision/LlamaGen tokenizer/tokenizer_image/vq_loss.py (the same file is in FoundationVision/UniTok eval/)
# D and G are chosen apart: disc_loss hinge, vanilla or non-saturating, gen_adv_loss hinge (the default) or non-saturating.
# "non-saturating" gives the cross-entropy its arguments the wrong way round: the label is read as the logit, and the logit
# as the label. The cross-entropy of logit x and label z, max(x, 0) - x z + log(1 + e^-|x|), is then of x = 1 for reals and
# for G and of x = 0 for fakes: linear in r, and in f for G; a constant in D's fakes, which are not trained on at all.


def llamagen_non_saturating_d(r, f):
    """LlamaGen vq_loss.py, non_saturating_d_loss: half of log(1 + e) - mean r + log 2."""
    one, zero = torch.ones_like(r), torch.zeros_like(f)
    real = one.clamp(min=0.0) - one * r + torch.log1p(torch.exp(-one.abs()))
    fake = zero.clamp(min=0.0) - zero * f + torch.log1p(torch.exp(-zero.abs()))
    return 0.5 * (real.mean() + fake.mean())


def llamagen_non_saturating_g(f, r):
    """LlamaGen vq_loss.py, non_saturating_gen_loss: log(1 + e) - mean f, so -mean f but for a constant."""
    one = torch.ones_like(f)
    return (one - one * f + torch.log1p(torch.exp(-one))).mean()


# ---- FoundationVision/UniTok trainer.py and utils/loss.py: dcrit hg (hinge), sp (softplus) or ln (linear), by these names
# or those of the functions. No half, unlike taming, and G is -mean f with every one of them. D's logits are float32 whatever
# the autocast, G's are not. Left out: bcr, 4 times the mean square between logits of augmented and of plain images, on reals
# and on fakes, with gradient through both. The adaptive weight has 1e-6 in its denominator and five ways to be clamped.
# With linear, D is not bounded from below and there is no penalty.

# ---- SilentView/GigaTok tokenizer/tokenizer_image/{vq,vae,lq}/*_loss.py: three copies of the functions. As LlamaGen, with
# its swapped cross-entropy, and (vq, vae) r3gan. In vq and vae the call of D's loss names `ema` and `iter`, which vanilla and
# non-saturating do not take: a TypeError. They run in lq alone, which has neither r3gan nor LeCam. The LeCam means start at
# 1000 and are moved by hinge at each step, wholly (decay 0) until disc_start + 1000; r3gan refuses them.


def gigatok_r3gan_d(r, f):
    """GigaTok vq_loss.py, r3gan_d_loss, without R1 and R2 (gamma / 2, gamma 15, on the pixels' gradient of all logits' sum)."""
    return F.softplus(-(r - f)).mean()


def gigatok_r3gan_g(f, r):
    """GigaTok vq_loss.py, r3gan_gen_loss: reals not detached."""
    return F.softplus(-(f - r)).mean()


# ---- markweberdev/maskbit modeling/modules/gan_utils.py, chosen together in modeling/modules/losses.py (discriminator_loss).
# Halved D with -mean f for hinge and vanilla; non-saturating is whole, with a non-saturating G. Its written-out cross-entropy
# has no threshold, so no tail is dropped. LeCam is on the means of the batch, not on each logit.


def maskbit_non_saturating_d(r, f):
    """Maskbit gan_utils.py, non_saturating_d_loss, with sigmoid_cross_entropy_with_logits."""
    real = r.clamp(min=0.0) - r + torch.log1p(torch.exp(-r.abs()))
    fake = f.clamp(min=0.0) + torch.log1p(torch.exp(-f.abs()))
    return real.mean() + fake.mean()


def maskbit_non_saturating_g(f, r):
    """Maskbit gan_utils.py, non_saturating_g_loss."""
    return (f.clamp(min=0.0) - f + torch.log1p(torch.exp(-f.abs()))).mean()


# ---- bytedance/1d-tokenizer modeling/modules/losses.py, ReconstructionLoss_Stage2 and _Single_Stage: hinge alone, in float32
# with autocast off. LeCam on the means of the batch, with running means that start at 0. d_weight is never adaptive.

# ---- bytetriper/RAE src/disc/gan_loss.py, chosen in src/train_stage1.py: disc_loss hinge or vanilla. The one gen_loss is
# called vanilla and is -mean f. `reduction` ("mean", else a sum for D) is never given by the training script.


def _reduced(up, down):
    def d(r, f, reduction="mean"):
        reduce = torch.mean if reduction == "mean" else torch.sum
        return 0.5 * (reduce(up(r)) + reduce(down(f)))

    return d


def rae_g(f, r, reduction="mean"):
    """RAE gan_loss.py, vanilla_g_loss."""
    return -f.mean() if reduction == "mean" else -f.sum()


rae_hinge_d = _reduced(lambda x: F.relu(1.0 - x), lambda x: F.relu(1.0 + x))
rae_vanilla_d = _reduced(lambda x: F.softplus(-x), F.softplus)
_SUM = ({"reduction": "sum"},)

# ---- hpcaitech/Open-Sora opensora/models/vae/losses.py, DiscriminatorLoss (disc_loss_type hinge, vanilla, wgan-gp) and
# GeneratorLoss: wgan-gp is halved too, its penalty a function of its own (||gradient|| - 1)^2, of the images that it is given.

# ---- lucidrains/magvit2-pytorch magvit2_pytorch/magvit2_pytorch.py, hinge_discr_loss and hinge_gen_loss: one mean of the sum
# of both sides. A discriminator of frames, and multiscale ones that are added with a weight of their own; in G each has its
# adaptive weight, |perceptual gradient| / max(|gradient|, 1e-3), or 1e-5 for the multiscale ones, at most 1e3.


def magvit2_hinge_d(r, f):
    """magvit2-pytorch magvit2_pytorch.py, hinge_discr_loss (fake comes first there)."""
    return (F.relu(1 + f) + F.relu(1 - r)).mean()


WITNESSES: dict[str, Witness] = {
    "llamagen/hinge": Witness(_half(_hinge_up, _hinge_down), _linear_g, "one"),
    "llamagen/vanilla": Witness(_half(_softplus_up, _softplus_down), _linear_g, "one"),
    "llamagen/non-saturating": Witness(llamagen_non_saturating_d, llamagen_non_saturating_g, "one"),
    "unitok/hinge": Witness(_whole(_hinge_up, _hinge_down), _linear_g, "one"),
    "unitok/softplus": Witness(_whole(_softplus_up, _softplus_down), _linear_g, "one"),
    "unitok/linear": Witness(_whole(_linear_up, _linear_down), _linear_g, "one"),
    "gigatok/hinge": Witness(_half(_hinge_up, _hinge_down), _linear_g, "one"),
    "gigatok/vanilla": Witness(_half(_softplus_up, _softplus_down), _linear_g, "one"),
    "gigatok/non-saturating": Witness(llamagen_non_saturating_d, llamagen_non_saturating_g, "one"),
    "gigatok/r3gan": Witness(gigatok_r3gan_d, gigatok_r3gan_g, "one"),
    "maskbit/hinge": Witness(_half(_hinge_up, _hinge_down), _linear_g, "one"),
    "maskbit/vanilla": Witness(_half(_softplus_up, _softplus_down), _linear_g, "one"),
    "maskbit/non-saturating": Witness(maskbit_non_saturating_d, maskbit_non_saturating_g, "one"),
    "onedtokenizer/hinge": Witness(_half(_hinge_up, _hinge_down), _linear_g, "one"),
    "rae/hinge": Witness(rae_hinge_d, rae_g, "one", _SUM),
    "rae/vanilla": Witness(rae_vanilla_d, rae_g, "one", _SUM),
    "open_sora/hinge": Witness(_half(_hinge_up, _hinge_down), _linear_g, "one"),
    "open_sora/vanilla": Witness(_half(_softplus_up, _softplus_down), _linear_g, "one"),
    "open_sora/wgan-gp": Witness(_half(_linear_up, _linear_down), _linear_g, "one"),
    "magvit2_pytorch/hinge": Witness(magvit2_hinge_d, _linear_g, "sum"),
}
