"""The loss of IsaacGymEnvs' AMP, and of skrl's."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="isaac-sim/IsaacGymEnvs",
    spellings=("isaacgymenvs", "skrl", "skrl-amp"),
    file="isaacgymenvs/learning/amp_continuous.py; Toni-SM/skrl, skrl/agents/torch/amp/amp.py, has the same",
    entries={
        "amp": Entry(
            loss=motion.logistic_with_truncated_reward,
            discriminator_factor=0.5,
            note="The cross-entropy; the paper has least squares. G's loss is minus the mean reward, before its scale.",
        ),
    },
    before="disc_loss = 0.5 * (self._disc_loss_neg(disc_agent_logit) + self._disc_loss_pos(disc_demo_logit))",
    after="from ganloss_torch.compat.amp import disc_grad_penalty, disc_logit_reg, disc_loss, disc_rewards",
    same="Demonstrations are the real samples. The fakes are the logits of the policy and of the replay buffer: join them "
    "before. By name, `GANLoss('isaacgym_amp/amp').discriminator(disc_demo_logit, disc_agent_logit)`. "
    "disc_grad_penalty, 5 by default, multiplies the mean squared norm on demonstrations: this is `r1` with the weight "
    "10. The sums of squared weights, of the last layer and of all layers, are `disc_logit_reg` and "
    "`disc_weight_decay`. disc_coef, 5, multiplies all of it.",
    better="`GANLoss('lsgan', fake_label=-1.0)` is the D of the paper: you change the name alone.",
    drop_in="ganloss_torch.compat.amp",
)
