"""The loss of CTGAN, and of SDV."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="sdv-dev/CTGAN",
    spellings=("sdv",),
    file="ctgan/synthesizers/ctgan.py",
    entries={"wgan-gp": Entry(loss="wasserstein", note="Without its penalty.")},
    before="loss_d = -(torch.mean(y_real) - torch.mean(y_fake)); loss_g = -torch.mean(y_fake) + cross_entropy",
    after="criterion = GANLoss('ctgan/wgan-gp')  # once\n\n"
    "loss_d = criterion.discriminator(y_real, y_fake); loss_g = criterion.generator(y_fake)",
    same="The penalty is `gradient_penalty` with the weight 10. It is taken of packs: reshape the rows to packs of pac "
    "rows, before the critic sees them. The cross-entropy of the conditions is not here: add it yourself.",
    better="There is one backward pass, in place of two.",
)
