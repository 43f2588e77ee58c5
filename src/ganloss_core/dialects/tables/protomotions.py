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
            note="Fakes are the policy's motions and as many of the replay buffer.",
        ),
        "ase": Entry(
            loss=motion.logistic_with_truncated_reward,
            hyperparameters={"fakes": 1.5},
            discriminator_factor=0.5,
            note="Fakes are the policy's, the replay buffer's, and demonstrations with a wrong latent, as many of each: the "
            "half of a sum of three means is 1.5 times their mean.",
        ),
    },
    before="class_loss = 0.5 * (expert_loss + 0.5 * (unlabeled_loss + replay_loss))",
    after="criterion = GANLoss('protomotions/amp')  # once\n\n"
    "class_loss = criterion.discriminator(expert_logits, negative_logits)",
    same="Demonstrations are real and come first; fakes are one array. discriminator_grad_penalty times the mean squared norm "
    "on demonstrations is `r1` of twice that weight. Sums of squared weights are yours to add.",
    better="`GANLoss('lsgan', fake_label=-1.0)` is the paper's D, by a change of the name.",
)
