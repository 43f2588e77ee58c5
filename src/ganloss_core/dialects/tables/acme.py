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
            note="G's loss is minus the mean of gail_reward with its default reward_balance of 0.5, which is half of the "
            "logit. A reward_balance of 0 is GAIL's reward, for which G's rule is 'saturating'. Without mixup.",
        ),
        "pugail": Entry(
            loss=motion.positive_unlabelled,
            parameters={
                "positive_class_prior": Parameter(default=0.5, of=("positive_class_prior",)),
                **_ENTROPY,
                "pugail_beta": Parameter(default=1e30, of=("pugail_beta",)),
            },
            generator_factor=0.5,
            note="Its class prior has no default there; pugail_beta=None is 1e30 here. G's loss is that of gail.",
        ),
    },
    before="loss = losses.gail_loss(entropy_coefficient=1e-3)",
    after="criterion = GANLoss('acme/gail', entropy_coefficient=1e-3)  # once\n\n"
    "loss = criterion.discriminator(demo_logits, rb_logits)",
    same="`GANLoss` takes logits, not a network and transitions. The original takes one mean over both sides; with equally "
    "many samples on each side this is half of the sum of a mean for each side. The penalty of add_gradient_penalty is "
    "`gradient_penalty`, with a point of its own for each sample.",
    better="It is in PyTorch too, and takes weights for each sample.",
)
