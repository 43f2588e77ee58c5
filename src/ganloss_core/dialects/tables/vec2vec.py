"""The losses of vec2vec."""

from ganloss_core.dialects.formulas import pairs
from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="rjha18/vec2vec",
    file="utils/gan.py",
    entries={
        "vanilla": Entry(
            loss=pairs.logistic_with_one_smoothing,
            activation="negative",
            parameters={"smooth": Parameter(default=0.9, of=("smooth",))},
            discriminator_factor=0.5,
            note="Logits are low for real. smooth comes from a configuration, is 0.9 in all of them, and smooths D's labels "
            "alone.",
        ),
        "least_squares": Entry(
            loss="lsgan",
            hyperparameters={"real_label": 0.0, "fake_label": 1.0, "generator_label": 0.0},
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="Logits are low for real.",
        ),
        "relativistic": Entry(loss="rpgan", activation="negative", note="Logits are low for real. Without penalties."),
    },
    before="disc_loss = gan.step_discriminator(real_data, fake_data)",
    after="criterion = GANLoss('vec2vec/vanilla')  # once\n\n"
    "disc_loss = criterion.discriminator(d_real_logits, d_fake_logits); gen_loss = criterion.generator(d_fake_logits)",
    same="Logits are low for real, as there, so that a critic that was trained there keeps its sign. The penalty of both "
    "sides is a sum over the batch: `r1` and `r2` with the weight 2 * loss_coefficient_r1_penalty * batch size.",
    better="`GANLoss('logistic')` is for a critic that is high for real, as in every other codebase.",
)
