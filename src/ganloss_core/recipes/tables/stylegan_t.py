"""StyleGAN-T."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="StyleGAN-T",
    paper="Sauer et al. 2023, arXiv:2301.09515",
    source="autonomousvision/stylegan-t, training/loss.py, training/training_loop.py, networks/discriminator.py and train.py",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial", "gan_weight")},
    generator={
        "adversarial": Term("adversarial", "gan_weight"),
        "clip": Term(
            "given",
            "clip_weight",
            about="the mean of the squared angle between the CLIP embeddings of the text and of a random crop of 64 pixels",
        ),
    },
    parameters={"gan_weight": 0.125, "clip_weight": 0.0},
    observe={"first": "fake"},
    notes=(
        "gan_weight is 1 / batch_gpu: the code divides the means over logits by it once more, not the CLIP term",
        "clip_weight is 0 in train.py: then clip=0.0; reals without texts have none",
        "the critic returns the logits of all heads, at all places, as one array: the mean is over all",
        "it blurs its input, with a sigma that falls from 32 to 0 within a million images, and augments it",
        "D looks at frozen features of DINO; its batch norm is of the batch of one device, of which --batch-gpu is the size",
        "D, then G; gradients are summed over a device's batches, times their number, and NaN become 0",
        "Adam, learning rate 0.002 (3e-6 for the text encoder alone), betas 0 and 0.99, no penalty",
        "the moving average of G has a half-life of 10 / 32 * batch thousand images",
    ),
)
