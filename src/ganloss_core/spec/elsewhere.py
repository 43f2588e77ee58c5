"""What people ask for as a loss that is none, is more than one, or goes by another name here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def _called(what: str, at: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {spelling: f"{what}{call}" for call, spellings in at.items() for spelling in spellings}


_PENALTIES = {
    "gan.r1(gan.observe(critic, real=...), 10.0)": ("r1", "r1gp", "r1penalty", "r1regularization"),
    "gan.r2(gan.observe(critic, fake=...), 10.0)": ("r2", "r2gp", "r2penalty", "r2regularization"),
    "gan.zero_centered(gan.observe(critic, real=..., fake=...), 10.0)": ("zerocentered", "zerogp", "0gp", "gp0"),
    "gan.wgan_gp(gan.observe(critic, real=..., fake=...), 10.0)": ("gp", "gradientpenalty"),
    "gan.max_gp(gan.observe(critic, real=..., fake=...), 10.0)": ("maxgp",),
    "gan.gan_qp(gan.observe(critic, real=..., fake=...), 0.1)": ("ganqp", "qpgan"),
    "gan.approximate_r1(gan.observe(critic, real=...), 10.0)": ("approximater1", "approxr1", "ar1"),
    "gan.approximate_r2(gan.observe(critic, fake=...), 10.0)": ("approximater2", "approxr2", "ar2"),
}
_WITH_STATE = {
    "gan.LeCam(0.3)": ("lecam", "lecamgan"),
    "gan.PathLength(2.0)": ("pathlength", "pathlengthregularization", "pathlengthpenalty", "plr"),
    "gan.BEGAN()": ("began",),
    "gan.Balancer({'adversarial': 3.0, 'features': 3.0})": ("balancer", "lossbalancer"),
    "gan.AugmentationController()": ("augmentationcontroller", "adaptiveaugmentation", "ada", "apa"),
    "gan.Multiplier(1e-6)": ("multiplier", "augmentedlagrangian"),
    "gan.MINE()": ("mine", "mutualinformationneuralestimation"),
    "gan.GradientNormalizer()": ("gradientnormalizer", "gradientnormaliser"),
}
_TERMS = {
    "gan.feature_matching(real_features, fake_features)": ("featurematching", "featurematchingloss", "featureloss", "fm"),
    "gan.consistency(logits, logits_of_augmented, 10.0)": ("consistency", "consistencyregularization", "crgan", "bcr"),
    "gan.drift(logits, 0.001)": ("drift", "driftpenalty", "epsilondrift"),
    "gan.drifting(real=features, fake=features_of_fakes)": ("drifting", "driftloss"),
    "gan.pulling_away(features, 0.1)": ("pullingaway", "pullingawayterm", "ptterm"),
    "gan.adaptive_weight(reconstruction_gradient, generator_gradient)": ("adaptiveweight",),
    "gan.adaptive_weight_of_losses(reconstruction_loss, generator_loss, layer.weight)": ("adaptiveweightoflosses",),
}
_BOTH = "gan.observe(critic, real=..., fake=...)"

_KNOWN: Mapping[str, str] = {
    **_called("a penalty: ", _PENALTIES),
    **_called("a term that keeps state, with init and apply: ", _WITH_STATE),
    **_called("a term to add to a loss: ", _TERMS),
    # Several things: the nearest name would be a wrong guess, and train.
    "wgangp": f"the loss 'wgan' with the penalty gan.wgan_gp({_BOTH}, 10.0)",
    "wganlp": f"the loss 'wgan' with the penalty gan.wgan_lp({_BOTH}, 10.0)",
    "wgandiv": f"the loss 'wgan' with the penalty gan.wgan_div({_BOTH}, 2.0)",
    "dragan": "the loss 'logistic' with the penalty gan.dragan(gan.observe(critic, real=...), 10.0)",
    "r3gan": "the loss 'rpgan' with the penalties gan.r1 and gan.r2",
    "dann": "the loss 'logistic' of logits of gan.gradient_reversal(features)",
    **dict.fromkeys(("gradientreversal", "grl"), "a layer between features and D: gan.gradient_reversal(features)"),
    "sobolev": f"the loss 'wgan' with gan.Multiplier(1e-6) of gan.r1(seen, 1.0) + gan.r2(seen, 1.0) - 1.0, seen = {_BOTH}",
    "gail": "the loss 'logistic' with the reward gan.reward('logistic', logits, generator='saturating')",
    "airl": "the loss 'logistic' with the reward gan.reward('logistic', logits, generator='linear')",
    "fdistill": "a weight of samples: gan.f_weight('fgan_kl', gan.density_ratio('logistic', logits))",
    "amp": "the loss 'isaacgym_amp/amp' or 'ksim/amp', with gan.reward(loss, logits)",
    **dict.fromkeys(("nrea", "nre"), "the loss 'logistic', in sbi with a factor 1/2: 'sbi/nre_a'"),
    "aot": "of TRL: 'aot_pair' of the policy's leads and the reference's; its 'aot_unpaired' is 'aot_pair' of the scores",
    "relativistic": "said of several: 'rpgan' of pairs, 'rasgan' of means, 'rcgan' of their centre, 'rpgan_mvue' of all pairs",
    # Models, by the loss of their paper.
    "stylegan": "a model, trained with the loss 'logistic' and the penalty gan.r1",
    "progan": f"a model, trained with the loss 'wgan', gan.wgan_gp({_BOTH}, 10.0) and gan.drift(logits, 0.001)",
    **dict.fromkeys(("sagan", "biggan", "sngan", "melgan"), "a model, trained with the loss 'hinge'"),
    "projection": "a critic, with any loss: gan.observe(critic, real=..., real_args=(labels,)) hands it the labels",
    **dict.fromkeys(("spectralnorm", "sn"), "a normalisation of the critic's layers, with any loss"),
    **dict.fromkeys(("perceptual", "lpips"), "no adversarial loss: it is not in this library"),
    # What the libraries themselves call it.
    **dict.fromkeys(
        ("bcewithlogits", "bcewithlogitsloss", "binarycrossentropywithlogits", "bceloss", "binarycrossentropy"),
        "the loss 'logistic' here, of logits",
    ),
    **dict.fromkeys(("mseloss", "l2loss"), "the loss 'lsgan' here"),
    "ganloss": "what is made of a loss",
    "l1loss": "the loss 'l1' here",
}


def elsewhere(normalised: str) -> str | None:
    """What a normalised name is, in words that follow "is"; None if it is not known."""
    return _KNOWN.get(normalised)
