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
    same="The penalty is `gradient_penalty` of weight 10, of rows that are reshaped to packs of pac before the critic sees "
    "them. The cross-entropy of the conditions is yours to add.",
    better="One backward pass instead of two.",
)
