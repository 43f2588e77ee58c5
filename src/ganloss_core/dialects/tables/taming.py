"""The losses of taming-transformers' VQGAN."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="CompVis/taming-transformers",
    spellings=("taming-transformers", "vqgan", "generative-models", "latent-diffusion"),
    file="taming/modules/losses/vqperceptual.py; Stability-AI/generative-models has the same",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="The logistic D has the Wasserstein G: not what 'vanilla' is elsewhere.",
        ),
    },
    before="from taming.modules.losses.vqperceptual import adopt_weight, hinge_d_loss, vanilla_d_loss",
    after="from ganloss_torch.compat.taming import adopt_weight, hinge_d_loss, vanilla_d_loss",
    same="Nothing. G's loss, which is written in their module's forward, is `GANLoss('taming/hinge').generator(logits_fake)`. "
    "The module itself, VQLPIPSWithDiscriminator, and latent-diffusion's LPIPSWithDiscriminator are in "
    "`ganloss_torch.compat.latent_diffusion`, around a discriminator and a perceptual distance of yours.",
    better="The adaptive weight is a function, of the two losses and the layer.",
    drop_in="ganloss_torch.compat.taming",
)
