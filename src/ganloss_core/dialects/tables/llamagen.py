"""The losses of LlamaGen's VQGAN."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="FoundationVision/LlamaGen",
    file="tokenizer/tokenizer_image/vq_loss.py",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="disc_loss='vanilla' with the default gen_adv_loss='hinge': the logistic D has the Wasserstein G.",
        ),
        "non-saturating": Entry(
            loss=images.cross_entropy_of_swapped_arguments,
            discriminator_factor=0.5,
            note="binary_cross_entropy_with_logits(labels, logits), its arguments swapped: D learns nothing from fakes, and "
            "raises the reals without end; G is the Wasserstein G. `GANLoss('logistic')` is what the name says.",
        ),
    },
    before="from tokenizer.tokenizer_image.vq_loss import hinge_d_loss, hinge_gen_loss, non_saturating_d_loss",
    after="from ganloss_torch.compat.llamagen import hinge_d_loss, hinge_gen_loss, non_saturating_d_loss",
    same="Nothing. D's and G's losses are chosen apart there, disc_loss and gen_adv_loss; a name here is disc_loss with the "
    "gen_adv_loss that goes with it. disc_weight, from disc_start on, multiplies both, and disc_adaptive_weight is off by "
    "default.",
    better="`GANLoss('logistic')` is non-saturating, and its D learns from fakes.",
    drop_in="ganloss_torch.compat.llamagen",
)
