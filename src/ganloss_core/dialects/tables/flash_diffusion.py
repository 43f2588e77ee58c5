"""The losses of Flash Diffusion."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="gojasper/flash-diffusion",
    file="src/flash/models/flash/flash_diffusion_model.py",
    entries={
        "hinge": Entry(loss="hinge"),
        "vanilla": Entry(loss="logistic"),
        "non-saturating": Entry(
            loss=images.logistic_with_epsilon_in_both,
            note="Theirs has 1e-8 within the logarithm, and `GANLoss('logistic')` has not.",
        ),
        "wgan": Entry(loss="wasserstein", note="Without the clipping of D's weights at 0.01."),
        "lsgan": Entry(
            loss=images.lsgan_of_sigmoid,
            discriminator_factor=0.5,
            note="A sigmoid comes before the squares: gradients vanish where D is sure, right or wrong.",
        ),
    },
    before="loss_D = F.relu(1 - discriminator(denoised_sample_real)).mean() + F.relu(1 + discriminator(fake)).mean()",
    after="criterion = GANLoss('flash_diffusion/hinge')  # once\n\n"
    "loss_D = criterion.discriminator(logits_real, logits_fake); loss_G = criterion.generator(logits_fake)",
    same="There G trains in even steps and D in odd ones; here you choose. adversarial_loss_scale is yours to multiply.",
    better="`GANLoss('lsgan')` has gradients where D is sure, and `GANLoss('logistic')` where D is wrong.",
)
