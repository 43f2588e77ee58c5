"""GigaGAN."""

from dataclasses import replace

from ganloss_core.recipes.table import Recipe, Term

_PENALTY = Term(
    "r1",
    (2.0, "gradient_penalty_weight"),
    settings={"of": "multiscale_divergence_loss_weight"},
    every="apply_gradient_penalty_every",
    scaled=False,
)
_MULTISCALE = Term(
    "adversarial",
    "multiscale_divergence_loss_weight",
    settings={"of": "others"},
    every="calc_multiscale_loss_every",
    scaled=False,
)

TABLE = Recipe(
    title="GigaGAN",
    paper="Kang et al. 2023, arXiv:2303.05511",
    source="lucidrains/gigagan-pytorch, gigagan_pytorch/gigagan_pytorch.py and open_clip.py",
    loss="gigagan_pytorch/hinge",
    settings={"heads": "sum"},
    discriminator={
        "adversarial": Term("adversarial", settings={"of": "first"}),
        "multiscale_divergence": _MULTISCALE,
        "r1": _PENALTY,
        "r2": replace(_PENALTY, kind="r2"),
        "aux_reconstruction": Term(
            "given",
            "discr_aux_recon_loss_weight",
            about="the sum over decoders of the mean squared error with which they restore reals from D's features of them: a "
            "number, or a function of what observe saw",
        ),
        "matching_aware": Term(
            "mismatched",
            "matching_awareness_loss_weight",
            settings={"loss": "logistic", "low_for_real": True, "of": "first"},
        ),
    },
    generator={
        "adversarial": Term("adversarial", settings={"of": "first"}),
        "multiscale_divergence": _MULTISCALE,
        "contrastive": Term(
            "given",
            "generator_contrastive_loss_weight",
            about="the mean of CLIP's cross-entropies of texts by images, and images by texts",
        ),
    },
    parameters={
        "multiscale_divergence_loss_weight": 0.1,
        "calc_multiscale_loss_every": 1,
        "gradient_penalty_weight": 10.0,
        "apply_gradient_penalty_every": 4,
        "discr_aux_recon_loss_weight": 1.0,
        "matching_awareness_loss_weight": 0.1,
        "generator_contrastive_loss_weight": 0.1,
    },
    observe={"first": "fake"},
    notes=(
        "the authors published no training code: this is another's",
        "the critic returns a list: its logits, then those of each scale, samples first; they are low for real",
        "the smaller images that D takes besides, and texts, are real_args and fake_args; in D's step detach G's",
        "mismatched_args: those of reals with the next sample's text, and mismatched_fake_args those of fakes",
        "the original rotates the texts, but then uses the texts before the rotation, so that its mismatched texts match",
        "without texts there is neither matching_aware nor contrastive: give the names of the other terms as `terms=`",
        "the penalties are of the images that D sees, and for reals through their smaller copies too: make these in the critic",
        "steps count from 1 there, so that the first penalty is in the fourth",
        "a vision-aided critic is off by default; with it, 0.5 times the hinge of each of its layers, and a penalty besides",
        "D, then G; Adam, learning rate 2e-4, betas 0.5 and 0.9; a moving average of G",
    ),
)
