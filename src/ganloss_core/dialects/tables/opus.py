"""The loss of Opus' FARGAN and OSCE."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="xiph/opus",
    spellings=("fargan", "osce"),
    file="dnn/torch/fargan/adv_train_fargan.py; dnn/torch/osce/adv_train_vocoder.py and adv_train_model.py",
    entries={"lsgan": Entry(loss="lsgan", discriminator_factor=0.5)},
    before="disc_loss = 0.5 * sum(((1 - s[-1]) ** 2).mean() for s in scores_real) / len(scores_real)  # and of fakes",
    after="criterion = GANLoss('opus/lsgan')  # once\n\n"
    "disc_loss = criterion.discriminator([s[-1] for s in scores_real], [s[-1] for s in scores_gen])\n"
    "loss_gen = criterion.generator([s[-1] for s in scores_gen])",
    same="fmap_loss is 4 times `feature_matching` of the layers before the last one: the mean over layers and over "
    "discriminators.",
    better="Padding can be masked, and every other loss can be taken by its name.",
)
