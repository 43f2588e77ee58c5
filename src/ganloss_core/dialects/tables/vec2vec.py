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
            note="Low is real there. smooth is a configuration's, 0.9 in all of them, and smooths D's labels alone.",
        ),
        "least_squares": Entry(
            loss="lsgan",
            hyperparameters={"real_label": 0.0, "fake_label": 1.0, "generator_label": 0.0},
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="Low is real there.",
        ),
        "relativistic": Entry(loss="rpgan", activation="negative", note="Low is real there. Without penalties."),
    },
    before="disc_loss = gan.step_discriminator(real_data, fake_data)",
    after="criterion = GANLoss('vec2vec/vanilla')  # once\n\n"
    "disc_loss = criterion.discriminator(d_real_logits, d_fake_logits); gen_loss = criterion.generator(d_fake_logits)",
    same="A critic trained there keeps its sign. The penalty of both sides is a sum over the batch: `r1` and `r2` of weight "
    "2 * loss_coefficient_r1_penalty * batch size.",
    better="`GANLoss('logistic')` has a critic that is high for what is real, as every other codebase's.",
)
