"""LlamaGen's tokenizer."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="LlamaGen",
    paper="Sun et al. 2024, arXiv:2406.06525",
    source="FoundationVision/LlamaGen, tokenizer/tokenizer_image/vq_loss.py and vq_train.py",
    loss="llamagen/hinge",
    discriminator={"adversarial": Term("adversarial", "disc_weight", start="disc_start")},
    generator={
        "reconstruction": Term("given", "reconstruction_weight", about="the mean of (real - fake)^2"),
        "perceptual": Term("given", "perceptual_weight", about="the mean LPIPS of real and fake"),
        "adversarial": Term("adversarial", "disc_weight", start="disc_start"),
        "codebook": Term("given", about="the sum of the quantiser's losses: codebook, commitment and entropy"),
    },
    parameters={"reconstruction_weight": 1.0, "perceptual_weight": 1.0, "disc_weight": 0.5, "disc_start": 20_000},
    notes=(
        "the code also has the adaptive weight of VQGAN, which is off by default",
        "the original counts steps from 1: its disc_start of 20000 is the step 19999 from 0",
        "G steps first; D's optimiser also steps before disc_start, with a loss of 0",
        "commit_loss_beta 0.25 and entropy_loss_ratio 0 are within the codebook's loss; codebook_weight is not used",
        "Adam of both with a learning rate of 1e-4, betas 0.9 and 0.95; gradients clipped to a norm of 1; batches of 128",
    ),
)
