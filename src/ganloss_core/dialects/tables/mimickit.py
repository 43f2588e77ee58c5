"""The loss of MimicKit's AMP."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="xbpeng/MimicKit",
    file="mimickit/learning/amp_agent.py",
    entries={
        "amp": Entry(
            loss=motion.logistic_with_truncated_reward,
            discriminator_factor=0.5,
            note="The cross-entropy; the paper has least squares. G's loss is minus the mean reward, before its scale.",
        ),
    },
    before="disc_loss = 0.5 * (self._disc_loss_neg(disc_agent_logit) + self._disc_loss_pos(disc_demo_logit))",
    after="criterion = GANLoss('mimickit/amp')  # once\n\n"
    "disc_loss = criterion.discriminator(disc_demo_logit, disc_agent_logit)",
    same="Demonstrations are the real samples, and come first. The penalty is taken of both sides: `r1` and `r2`, each with "
    "the weight disc_grad_penalty. disc_logit_reg times the sum of the squared weights of the last layer is yours to "
    "add.",
    better="`GANLoss('lsgan', fake_label=-1.0)` is the D of the paper: you change the name alone.",
)
