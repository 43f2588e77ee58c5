"""The losses of GigaTok's tokenizers."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="SilentView/GigaTok",
    file="tokenizer/tokenizer_image/vq/vq_loss.py, and copies of it in vae/vae_loss.py and lq/lq_loss.py",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(loss="logistic", generator="linear", discriminator_factor=0.5),
        "non-saturating": Entry(
            loss=images.cross_entropy_of_swapped_arguments,
            discriminator_factor=0.5,
            note="That of LlamaGen: the arguments of the cross-entropy are swapped, so that D learns nothing from fakes.",
        ),
        "r3gan": Entry(
            loss="rpgan",
            note="Without its penalties, `r1` and `r2` of weight gamma, which is 15 by default.",
        ),
    },
    before="d_loss = hinge_d_loss(logits_real, logits_fake); g_loss = hinge_gen_loss(logits_fake)",
    after="criterion = GANLoss('gigatok/hinge')  # once\n\n"
    "d_loss = criterion.discriminator(logits_real, logits_fake); g_loss = criterion.generator(logits_fake)",
    same="All values and gradients are the same. `lecam=True` is `LeCam` with the weight 0.001; its averages begin at 1000 "
    "there, 1000 steps after disc_start.",
    better="`GANLoss('logistic')` is non-saturating, and its D learns from fakes.",
)
