"""The loss of lucidrains' MAGVIT2."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="lucidrains/magvit2-pytorch",
    file="magvit2_pytorch/magvit2_pytorch.py",
    heads="sum",
    entries={
        "hinge": Entry(
            loss="hinge",
            note="D's loss has no factor 1/2, unlike VQGAN's. In G's loss the multiscale discriminators are not called "
            "there: that part is minus the mean of the frames.",
        )
    },
    before="discr_loss = hinge_discr_loss(fake_logits, real_logits); gen_loss = hinge_gen_loss(fake_logits)",
    after="criterion = GANLoss('magvit2_pytorch/hinge')  # once\n\n"
    "discr_loss = criterion.discriminator(real_logits, fake_logits); gen_loss = criterion.generator(fake_logits)",
    same="The real logits come first here. Multiscale discriminators are heads, whose losses are summed. There each has a "
    "weight of its own, and an adaptive one.",
    better="It takes weights and masks, and computes half-precision logits in float32.",
)
