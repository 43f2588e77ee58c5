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
            note="disc_loss='vanilla' with the default gen_adv_loss='hinge': D's loss is logistic, and G's is that of "
            "Wasserstein.",
        ),
        "non-saturating": Entry(
            loss=images.cross_entropy_of_swapped_arguments,
            discriminator_factor=0.5,
            note="binary_cross_entropy_with_logits(labels, logits), with its arguments swapped: D learns nothing from "
            "fakes, and raises the logits of reals without end; G's loss is that of Wasserstein. `GANLoss('logistic')` "
            "is what the name says.",
        ),
    },
    before="from tokenizer.tokenizer_image.vq_loss import hinge_d_loss, hinge_gen_loss, non_saturating_d_loss",
    after="from ganloss_torch.compat.llamagen import hinge_d_loss, hinge_gen_loss, non_saturating_d_loss",
    same="All values and gradients are the same. There you choose D's loss (disc_loss) and G's loss (gen_adv_loss) one by "
    "one; a name here is a disc_loss together with the gen_adv_loss that belongs to it. From disc_start on disc_weight "
    "multiplies both. disc_adaptive_weight is off by default.",
    better="`GANLoss('logistic')` is non-saturating, and its D learns from fakes.",
    drop_in="ganloss_torch.compat.llamagen",
)
