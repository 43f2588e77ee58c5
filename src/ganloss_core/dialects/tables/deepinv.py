"""The losses of DeepInverse."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="deepinv/deepinv",
    file="deepinv/loss/adversarial/base.py and consistency.py",
    entries={
        "supervised": Entry(loss="lsgan", discriminator_factor=0.5, note="SupAdversarialDiscriminatorLoss has the half."),
        "unsupervised": Entry(loss="lsgan", note="UnsupAdversarialDiscriminatorLoss has none."),
    },
    before="losses_d = SupAdversarialDiscriminatorLoss(); losses = SupAdversarialGeneratorLoss()",
    after="criterion = GANLoss('deepinv/supervised')  # once\n\n"
    "loss_d = criterion.discriminator(pred_real, pred_fake); loss_g = criterion.generator(pred_fake)",
    same="`GANLoss` takes D's predictions, not D and images. weight_adv is yours to multiply: by default it is 0.01 for the "
    "supervised G, and 1 for the others.",
    better="You can take every other loss by its name.",
)
