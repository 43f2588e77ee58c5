"""The losses of ProtoMotions' AMP and ASE."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="NVlabs/ProtoMotions",
    file="protomotions/agents/amp/component.py and model.py; protomotions/agents/ase/agent.py",
    entries={
        "amp": Entry(
            loss=motion.logistic_with_truncated_reward,
            discriminator_factor=0.5,
            note="The fakes are motions of the policy, and equally many of the replay buffer.",
        ),
        "ase": Entry(
            loss=motion.logistic_with_truncated_reward,
            hyperparameters={"fakes": 1.5},
            discriminator_factor=0.5,
            note="The fakes are those of the policy, those of the replay buffer, and demonstrations with a wrong latent, "
            "equally many of each: half of the sum of three means is 1.5 times their mean.",
        ),
    },
    before="class_loss = 0.5 * (expert_loss + 0.5 * (unlabeled_loss + replay_loss))",
    after="criterion = GANLoss('protomotions/amp')  # once\n\n"
    "class_loss = criterion.discriminator(expert_logits, negative_logits)",
    same="Demonstrations are the real samples, and come first; the fakes are one array. discriminator_grad_penalty "
    "multiplies the mean squared norm on demonstrations: this is `r1` with twice that weight. Sums of squared weights "
    "are yours to add.",
    better="`GANLoss('lsgan', fake_label=-1.0)` is the D of the paper: you change the name alone.",
)
