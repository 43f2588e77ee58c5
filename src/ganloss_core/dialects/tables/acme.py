"""The losses of Acme's adversarial imitation."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry, Parameter

_ENTROPY = {"entropy_coefficient": Parameter(default=0.0, of=("entropy_coefficient",))}

TABLE = Codebase(
    repository="google-deepmind/acme",
    file="acme/agents/jax/ail/losses.py and rewards.py",
    entries={
        "gail": Entry(
            loss=motion.logistic_with_entropy,
            parameters=_ENTROPY,
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="G is minus the mean of gail_reward with its default reward_balance of 0.5, half of the logit; 0 is GAIL's, "
            "whose G is 'saturating'. Without mixup.",
        ),
        "pugail": Entry(
            loss=motion.positive_unlabelled,
            parameters={
                "positive_class_prior": Parameter(default=0.5, of=("positive_class_prior",)),
                **_ENTROPY,
                "pugail_beta": Parameter(default=1e30, of=("pugail_beta",)),
            },
            generator_factor=0.5,
            note="Its class prior has no default there, and pugail_beta=None is 1e30 here. G is gail's.",
        ),
    },
    before="loss = losses.gail_loss(entropy_coefficient=1e-3)",
    after="criterion = GANLoss('acme/gail', entropy_coefficient=1e-3)  # once\n\n"
    "loss = criterion.discriminator(demo_logits, rb_logits)",
    same="A loss of logits, not of a network and transitions. One mean over both sides, as many of each, is half of a mean of "
    "each side. The penalty of add_gradient_penalty is `gradient_penalty`, each sample's with its own point between.",
    better="In PyTorch too, and with weights for each sample.",
)
