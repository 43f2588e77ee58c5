"""The drop-ins under torch.compile: one graph each, as the originals are."""

import torch

from ganloss_torch.compat import (
    amp,
    audiocraft,
    basicsr,
    cyclegan,
    dac,
    hifigan,
    llamagen,
    mmagic,
    monai,
    parallel_wavegan,
    stylegan2,
    taming,
    tllib,
    torchgan,
    trl,
    vocos,
)


class Audio:
    def __init__(self, audio_data):
        self.audio_data = audio_data


# Made outside of what is compiled.
MMAGIC_D, MMAGIC_G = mmagic.GANLoss("hinge"), mmagic.GANLoss("lsgan", loss_weight=0.1)
SCALES, CYCLEGAN, CUT = basicsr.MultiScaleGANLoss("vanilla"), cyclegan.GANLoss("lsgan"), cyclegan.GANLoss("nonsaturating")
MONAI, WAVE = monai.PatchAdversarialLoss(), parallel_wavegan.DiscriminatorAdversarialLoss()
TORCHGAN, AUDIOCRAFT = torchgan.LeastSquaresDiscriminatorLoss(), audiocraft.get_adv_criterion("hinge")
DAC, VOCOS = dac.GANLoss(lambda x: [[x, -x]]), vocos.DiscriminatorLoss()
DANN = tllib.DomainAdversarialLoss(lambda x: x.mean(1, keepdim=True).sigmoid(), grl=tllib.GradientReverseLayer())
CALLS = {
    "mmagic D": lambda x: MMAGIC_D(x, True, True),
    "mmagic G": lambda x: MMAGIC_G(x, True),
    "basicsr": lambda x: SCALES([x, x[:1]], False, True),
    "cyclegan": lambda x: CYCLEGAN(x, True),
    "cut": lambda x: CUT(x, True).sum(),
    "monai": lambda x: MONAI(x, True, True),
    "parallel_wavegan": lambda x: sum(WAVE([x, x], [x, -x])),
    # D's numbers for the log leave the graph, as the original's do.
    "hifigan": lambda x: hifigan.generator_loss([x, -x])[0] + hifigan.feature_loss([[x, x], [x]], [[-x, x.exp()], [x.exp()]]),
    "dac": lambda x: sum(DAC.generator_loss(Audio(x), Audio(-x))),
    "dac D": lambda x: DAC.discriminator_loss(Audio(-x), Audio(x)),
    "vocos": lambda x: VOCOS([x, -x], [x, -x])[0].sum(),
    "taming": lambda x: taming.hinge_d_loss(x, -x),
    "llamagen": lambda x: llamagen.non_saturating_d_loss(x, -x) + llamagen.non_saturating_gen_loss(x),
    "amp": lambda x: amp.disc_loss(x, -x) + amp.disc_logit_reg(x) + (amp.disc_rewards(x) * x).sum(),
    "tllib": lambda x: DANN(x.flatten(1), 2 * x.flatten(1)),
    "trl": lambda x: trl.dpo_loss(x, -x, loss_type="robust", label_smoothing=0.2) + trl.reward_loss(x, x.exp(), x.abs(), 0.1),
    "stylegan2": lambda x: stylegan2.d_logistic_loss(x, -x),
    "torchgan": lambda x: TORCHGAN(x, -x),
    "torchgan, functions": lambda x: (
        torchgan.least_squares_discriminator_loss(x, -x, a=-1.0) + torchgan.minimax_generator_loss(x, reduction="sum")
    ),
    "audiocraft": lambda x: AUDIOCRAFT(x),
}


def test_one_graph():
    torch._dynamo.reset()

    def all_of_them(x):
        return {name: call(x) for name, call in CALLS.items()}

    results = []
    for calls in (all_of_them, torch.compile(all_of_them, backend="aot_eager", fullgraph=True)):
        x = torch.linspace(-1.9, 2.2, 24, dtype=torch.float64).reshape(2, 1, 3, 4).requires_grad_()
        values = calls(x)
        gradients = {name: torch.autograd.grad(value, x, retain_graph=True)[0] for name, value in values.items()}
        results.append(({name: value.detach() for name, value in values.items()}, gradients))
    assert results[1][0].keys() == CALLS.keys()
    # The same operations, decomposed: a few roundings of numbers below 10.
    for alone, compiled in zip(*results, strict=True):
        torch.testing.assert_close(compiled, alone, rtol=0, atol=32 * 10 * torch.finfo(torch.float64).eps)


def test_settings_of_torchgan_can_be_changed():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 3.0])
    loss = torchgan.LeastSquaresDiscriminatorLoss()
    loss.a, loss.reduction = -1.0, "sum"
    assert loss(real, fake) == torchgan.least_squares_discriminator_loss(real, fake, a=-1.0, reduction="sum")
    generator = torchgan.MinimaxGeneratorLoss()
    generator.nonsaturating = False
    assert generator(fake) == torchgan.minimax_generator_loss(fake, nonsaturating=False)
