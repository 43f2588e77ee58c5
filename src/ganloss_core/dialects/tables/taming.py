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
            note="D's loss is logistic, and G's is that of Wasserstein: this is not what 'vanilla' means elsewhere.",
        ),
    },
    before="from taming.modules.losses.vqperceptual import adopt_weight, hinge_d_loss, vanilla_d_loss",
    after="from ganloss_torch.compat.taming import adopt_weight, hinge_d_loss, vanilla_d_loss",
    same="All values and gradients are the same. G's loss is written in the forward method of their module; here it is "
    "`GANLoss('taming/hinge').generator(logits_fake)`. The module itself is not in the drop-in of the "
    "functions: `from ganloss_torch.compat.latent_diffusion import VQLPIPSWithDiscriminator`, or LPIPSWithDiscriminator; "
    "both take a discriminator and a perceptual distance of yours.",
    better="The adaptive weight is a function that any training loop can call; there it is a method of the module. By name the "
    "loss takes weights, masks and several heads.",
    drop_in="ganloss_torch.compat.taming",
)
