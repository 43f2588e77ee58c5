"""One step of D and one of G as tokenizers and codecs take it, on small networks.

The loss and the gradient by the parameters are those of a transcription of the original: in both frameworks by the losses'
names, and in PyTorch by the drop-ins.
"""

from types import SimpleNamespace

import jax
import pytest
import torch
import torch.nn.functional as F

from frameworks import TORCH
from ganloss_torch.compat import dac, llamagen, vocos
from steps import CRITIC, FAKE, GENERATOR, OTHER_CRITICS, REAL, agree, constants, generated, logits, maps

# ---- FoundationVision/LlamaGen tokenizer/tokenizer_image/vq_loss.py, VQLoss.forward


def bce(logits, label):
    return F.binary_cross_entropy_with_logits(torch.full_like(logits, label), logits)


LLAMAGEN = {
    # disc_loss and gen_adv_loss as transcribed, by name, and as drop-ins
    "hinge": (
        lambda r, f: 0.5 * (F.relu(1 - r).mean() + F.relu(1 + f).mean()),
        lambda f: -f.mean(),
        "llamagen/hinge",
        (llamagen.hinge_d_loss, llamagen.hinge_gen_loss),
    ),
    "non-saturating": (
        lambda r, f: 0.5 * (bce(r, 1.0) + bce(f, 0.0)),
        lambda f: bce(f, 1.0),
        "llamagen/non-saturating",
        (llamagen.non_saturating_d_loss, llamagen.non_saturating_gen_loss),
    ),
}


@pytest.mark.parametrize("kind", LLAMAGEN)
def test_llamagen_d(kind):
    theirs, _, name, (drop_in, _) = LLAMAGEN[kind]
    sides = lambda fw, p: [logits(fw, p, fw.array(x)) for x in (REAL, FAKE)]
    agree(
        lambda p: 0.8 * theirs(*sides(TORCH, p)),
        lambda fw, p: 0.8 * fw.module.discriminator_loss(name, *sides(fw, p)),
        CRITIC,
        lambda p: llamagen.adopt_weight(0.8, 3, threshold=3) * drop_in(*sides(TORCH, p)),
    )


@pytest.mark.parametrize("kind", LLAMAGEN)
def test_llamagen_g(kind):
    """With disc_adaptive_weight, and codebook losses that are the mean square of the codes."""
    _, theirs, name, (_, drop_in) = LLAMAGEN[kind]

    def parts(fw, p, of_fake):
        critic, real = constants(fw, CRITIC, REAL)
        y = generated(fw, p)
        reconstruction, codebook = ((real - y) ** 2).mean(), 0.1 * (p[0] ** 2).mean()
        return reconstruction, of_fake(logits(fw, critic, y)), codebook

    def transcribed(p):
        nll, g, codebook = parts(TORCH, p, theirs)
        norms = [torch.autograd.grad(x, p[2], retain_graph=True)[0].norm() for x in (nll, g)]
        weight = torch.clamp(norms[0] / (norms[1] + 1e-4), 0.0, 1e4).detach()
        return nll + weight * 0.8 * g + codebook

    def named(fw, p):
        of_fake = lambda f: fw.module.generator_loss(name, f)
        nll, g, codebook = parts(fw, p, of_fake)
        if fw is TORCH:
            weight = fw.module.adaptive_weight_of_losses(nll, g, p[2])
        else:
            by_last = [jax.grad(lambda last, i=i: parts(fw, [*p[:2], last], of_fake)[i])(p[2]) for i in range(2)]
            weight = fw.module.adaptive_weight(*by_last)
        return nll + weight * 0.8 * g + codebook

    def dropped_in(p):
        nll, g, codebook = parts(TORCH, p, drop_in)
        return nll + TORCH.module.adaptive_weight_of_losses(nll, g, p[2]) * llamagen.adopt_weight(0.8, 3, 3) * g + codebook

    agree(transcribed, named, GENERATOR, dropped_in)


# ---- descriptinc/descript-audio-codec scripts/train.py, train_loop, with dac/nn/loss.py; gemelo-ai/vocos vocos/experiment.py


def heads(p):
    return [p[:5], p[5:]]


TWO = [*CRITIC, *OTHER_CRITICS[0]]


def on_both(fw, p, real, fake):
    return [[maps(fw, head, x) for head in heads(p)] for x in (real, fake)]


def last(lists):
    return [each[-1] for each in lists]


def signals(*arrays):
    return [SimpleNamespace(audio_data=x) for x in arrays]


def test_dac_d():
    def theirs(p):
        of_reals, of_fakes = on_both(TORCH, p, *constants(TORCH, REAL, FAKE))
        return sum((f**2).mean() + ((1 - r) ** 2).mean() for r, f in zip(last(of_reals), last(of_fakes), strict=True))

    def named(fw, p):
        of_reals, of_fakes = on_both(fw, p, *constants(fw, REAL, FAKE))
        return fw.loss("dac/lsgan").discriminator(last(of_reals), last(of_fakes))

    def drop_in(p):
        loss = dac.GANLoss(lambda x: [maps(TORCH, head, x) for head in heads(p)])
        return loss.discriminator_loss(*signals(*constants(TORCH, FAKE, REAL)))

    agree(theirs, named, TWO, drop_in)


def test_dac_g():
    """The weights of the terms are the configuration's, 2 and 1; the spectrogram's and the codebook's terms are left out."""

    def theirs(p):
        critic, real = constants(TORCH, TWO, REAL)
        of_reals, of_fakes = on_both(TORCH, critic, real, generated(TORCH, p))
        features = sum(
            F.l1_loss(f, r.detach())
            for a, b in zip(of_fakes, of_reals, strict=True)
            for f, r in zip(a[:-1], b[:-1], strict=True)
        )
        return 2.0 * features + sum(((1 - f) ** 2).mean() for f in last(of_fakes))

    def named(fw, p):
        critic, real = constants(fw, TWO, REAL)
        of_reals, of_fakes = on_both(fw, critic, real, generated(fw, p))
        features = [[each[:-1] for each in side] for side in (of_reals, of_fakes)]
        matched = fw.module.feature_matching(*features, 2.0, layers="sum", heads="sum")
        return matched + fw.loss("dac/lsgan").generator(last(of_fakes))

    def drop_in(p):
        critic, real = constants(TORCH, TWO, REAL)
        loss = dac.GANLoss(lambda x: [maps(TORCH, head, x) for head in heads(critic)])
        of_logits, features = loss.generator_loss(*signals(generated(TORCH, p), real))
        return 2.0 * features + of_logits

    agree(theirs, named, GENERATOR, drop_in)


def families(fw, p, real, fake):
    """The period discriminators, two here, and the resolution discriminators, one."""
    return [on_both(fw, p[:10], real, fake), [[maps(fw, p[10:], x)] for x in (real, fake)]]


THREE = [*TWO, *OTHER_CRITICS[1]]


def clipped(x, sign):
    return torch.clamp(1 - sign * x, min=0).mean()


def test_vocos_d():
    """Mrd_loss_coeff is 0.1."""

    def theirs(p):
        loss = 0.0
        for weight, (of_reals, of_fakes) in zip((1.0, 0.1), families(TORCH, p, *constants(TORCH, REAL, FAKE)), strict=True):
            terms = [clipped(r, 1) + clipped(f, -1) for r, f in zip(last(of_reals), last(of_fakes), strict=True)]
            loss = loss + weight * sum(terms) / len(terms)
        return loss

    def named(fw, p):
        (a, b), (c, d) = families(fw, p, *constants(fw, REAL, FAKE))
        loss = fw.loss("vocos/hinge").discriminator
        return loss(last(a), last(b)) + 0.1 * loss(last(c), last(d))

    def drop_in(p):
        total = 0.0
        for weight, (of_reals, of_fakes) in zip((1.0, 0.1), families(TORCH, p, *constants(TORCH, REAL, FAKE)), strict=True):
            loss, parts, _ = vocos.DiscriminatorLoss()(last(of_reals), last(of_fakes))
            loss /= len(parts)  # in place, as there
            total = total + weight * loss
        return total.squeeze()

    agree(theirs, named, THREE, drop_in)


def test_vocos_g():
    """The spectrogram's term is left out."""

    def of_families(fw, p):
        critic, real = constants(fw, THREE, REAL)
        return zip((1.0, 0.1), families(fw, critic, real, generated(fw, p)), strict=True)

    def theirs(p):
        total = 0.0
        for weight, (of_reals, of_fakes) in of_families(TORCH, p):
            n = len(of_fakes)
            features = sum(
                (r - f).abs().mean()
                for a, b in zip(of_reals, of_fakes, strict=True)
                for r, f in zip(a[:-1], b[:-1], strict=True)
            )
            total = total + weight * (sum(clipped(f, 1) for f in last(of_fakes)) / n + features / n)
        return total

    def named(fw, p):
        total = 0.0
        for weight, (of_reals, of_fakes) in of_families(fw, p):
            features = [[each[:-1] for each in side] for side in (of_reals, of_fakes)]
            of_logits = fw.loss("vocos/hinge").generator(last(of_fakes))
            total = total + weight * (of_logits + fw.module.feature_matching(*features, layers="sum", detach_real=False))
        return total

    def drop_in(p):
        total = 0.0
        for weight, (of_reals, of_fakes) in of_families(TORCH, p):
            loss, parts = vocos.GeneratorLoss()(last(of_fakes))
            features = vocos.FeatureMatchingLoss()(*([each[:-1] for each in side] for side in (of_reals, of_fakes)))
            total = total + weight * (loss / len(parts) + features / len(of_reals))
        return total.squeeze()

    agree(theirs, named, GENERATOR, drop_in)
