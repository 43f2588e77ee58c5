"""The loss of Denoising Diffusion GANs."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="NVlabs/denoising-diffusion-gan",
    spellings=("denoising-diffusion-gan",),
    file="train_ddgan.py",
    entries={"softplus": Entry(loss="logistic")},
    before="errD = F.softplus(-D_real).mean() + F.softplus(output).mean(); errG = F.softplus(-output).mean()",
    after="criterion = GANLoss('ddgan/softplus')  # once\n\n"
    "errD = criterion.discriminator(D_real, output); errG = criterion.generator(output)",
    same="The penalty is `r1` with the weight r1_gamma. With lazy_reg it comes in every lazy_reg-th step, and is not "
    "multiplied by that number, as `lazy_regularization` would do.",
    better="There is one backward pass, in place of three.",
)
