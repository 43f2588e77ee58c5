"""The losses of Vision-aided GAN, which img2img-turbo and HYPIR take from it."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_ALPHA = {"alpha": Parameter(default=1.0, of=("real_label", "generator_label"))}

TABLE = Codebase(
    repository="nupurkmr9/vision-aided-gan",
    spellings=("vision-aided-gan", "img2img-turbo", "hypir"),
    file="vision_aided_loss/cv_losses.py",
    heads="sum",
    entries={
        "sigmoid": Entry(loss="logistic", parameters=_ALPHA),
        "multilevel_sigmoid": Entry(loss="logistic", parameters=_ALPHA),
        "multilevel_sigmoid_s": Entry(
            loss="logistic",
            hyperparameters={"real_label": 0.8, "generator_label": 0.8},
            aliases=("sigmoid_s",),
            note="alpha is 0.8, G's label too.",
        ),
        "multilevel_hinge": Entry(loss="hinge", aliases=("hinge",)),
    },
    before="lossD = net_disc(real, for_real=True) + net_disc(fake.detach(), for_real=False)  # of each sample",
    after="criterion = GANLoss('vision_aided/multilevel_sigmoid_s')  # once\n\n"
    "lossD = criterion.discriminator(logits_real, logits_fake); lossG = criterion.generator(logits_fake)",
    same="The loss is the mean over the batch, which the training code takes there; `reduction='none'` gives a number for "
    "each logit. The heads of all levels and backbones make one list.",
    better="It takes weights and masks, and heads of any shape.",
)
