"""The losses of KAIR."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="cszn/KAIR",
    file="models/loss.py and models/model_gan.py",
    entries={
        "gan": Entry(loss="logistic"),
        "ragan": Entry(
            loss="rasgan",
            discriminator_factor=0.5,
            generator_factor=0.5,
            detached=True,
            note="For one logit per sample. Of a map of logits, theirs takes the mean over the batch at each place. The "
            "mean is held constant, which leaves D's value and changes its gradient, also in direction.",
        ),
        "lsgan": Entry(loss="lsgan"),
        "wgan": Entry(loss="wasserstein"),
        "softplusgan": Entry(loss="logistic"),
    },
    before="l_d_real = self.D_lossfn(pred_d_real, True); l_d_fake = self.D_lossfn(pred_d_fake, False)",
    after="criterion = GANLoss('kair/ragan')  # once\n\n"
    "l_d = criterion.discriminator(pred_d_real, pred_d_fake); D_loss = criterion.generator(pred_g_fake, real=pred_d_real)",
    same="D has one backward pass here, in place of two. D_lossfn_weight is yours: multiply G's loss by it.",
    better="`GANLoss('rasgan')` is the loss of the paper, whose gradient is that of the value shown.",
)
