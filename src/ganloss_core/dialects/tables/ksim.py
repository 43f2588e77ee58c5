"""The loss of K-Scale's AMP."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="kscalelabs/ksim",
    file="ksim/task/amp.py",
    entries={
        "amp": Entry(
            loss=motion.sums_of_squares,
            discriminator_factor=0.5,
            note="Sums over the batch, beside a penalty that is a mean. G's loss is minus the mean reward.",
        ),
    },
    before="real_disc_loss, sim_disc_loss = task.get_disc_losses(real_disc_logits, sim_disc_logits)",
    after="criterion = GANLoss('ksim/amp')  # once\n\ndisc_loss = criterion.discriminator(real_disc_logits, sim_disc_logits)",
    same="The original returns a number for each part, and ours is their sum. The penalty, amp_grad_penalty_coef / 2 times "
    "a mean, is `r1` with the weight amp_grad_penalty_coef.",
    better="`GANLoss('lsgan', fake_label=-1.0)` is the loss of the paper, of means: its share beside the penalty does not "
    "depend on the batch size.",
)
