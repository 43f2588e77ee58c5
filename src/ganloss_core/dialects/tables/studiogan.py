"""StudioGAN's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="POSTECH-CVLab/PyTorch-StudioGAN",
    spellings=("pytorch-studiogan",),
    file="src/utils/losses.py, src/worker.py",
    entries={
        "vanilla": Entry(loss="logistic"),
        "logistic": Entry(loss="logistic"),
        "least_square": Entry(loss="lsgan", discriminator_factor=0.5, generator_factor=0.5, aliases=("ls",)),
        "hinge": Entry(loss="hinge"),
        "wasserstein": Entry(loss="wasserstein"),
        "mh": Entry(
            loss="multi_hinge",
            parameters={"mh_lambda": Parameter(default=1.0, of=("generator",))},
            note="The multi-class hinge. Where several scores are the largest, theirs gives the whole gradient to one, and "
            "ours a share to each.",
        ),
    },
    before="d_loss = losses.d_ls(real_logits, fake_logits, DDP)",
    after="criterion = GANLoss('studiogan/least_square')  # once\n\nd_loss = criterion.discriminator(real_logits, fake_logits)",
    same="All values and gradients are the same.",
    better="It takes weights, masks, several heads and patch maps, and needs no argument that says whether training is "
    "distributed.",
)
