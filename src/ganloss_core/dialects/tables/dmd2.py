"""DMD2's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="tianweiy/DMD2",
    file="main/sd_guidance.py, main/edm/edm_guidance.py; weights are the caller's",
    entries={"non_saturating": Entry(loss="logistic")},
    before="loss = F.softplus(pred_fake).mean() + F.softplus(-pred_real).mean()",
    after="criterion = GANLoss('dmd2/non_saturating')  # once\n\nloss = criterion.discriminator(pred_real, pred_fake)",
    same="All values and gradients are the same.",
    better="Half-precision logits are computed in float32.",
)
