"""The loss of GAT."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="hse1032/GAT",
    file="losses/Rp_loss.py",
    entries={"rpgan": Entry(loss=images.paired_logistic_with_constant_reals, note="Without its penalties.")},
    before="disc_loss = F.softplus(-(real_logits - gen_logits)).mean(-1)",
    after="criterion = GANLoss('gat/rpgan')  # once\n\n"
    "disc_loss = criterion.discriminator(real_logits, gen_logits); gen_loss = criterion.generator(gen_logits, "
    "real=real_logits)",
    same="The loss is the mean over the batch, which you take yourself there. r1_loss and r2_loss, of weight gamma / 2, are "
    "`r1` and `r2` of the mean logit (`outputs='mean'`), or `approximate_r1` and `approximate_r2` with sigma=0.01, "
    "with the weight gamma. If the critic closes over the augmentation, both passes see the same one.",
    better="You can take every other loss by its name, with the same penalties.",
)
