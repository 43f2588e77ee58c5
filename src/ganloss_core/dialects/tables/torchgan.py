"""TorchGAN's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_SMOOTHING = {"label_smoothing": Parameter(default=0.0, of=("real_label",), offset=1.0, slope=-1.0)}

TABLE = Codebase(
    repository="torchgan/torchgan",
    file="torchgan/losses/functional.py",
    entries={
        "minimax": Entry(loss="logistic", parameters=_SMOOTHING, note="G's loss with nonsaturating=True, the default."),
        "minimax_saturating": Entry(loss="minimax", parameters=_SMOOTHING, note="G's loss with nonsaturating=False."),
        "least_squares": Entry(
            loss="lsgan",
            discriminator_factor=0.5,
            generator_factor=0.5,
            parameters={
                "a": Parameter(default=0.0, of=("fake_label",)),
                "b": Parameter(default=1.0, of=("real_label",)),
                "c": Parameter(default=1.0, of=("generator_label",)),
            },
            aliases=("lsgan",),
        ),
        "wasserstein": Entry(loss="wasserstein", aliases=("wgan",)),
        "energy_based": Entry(loss="ebgan", parameters={"margin": Parameter(default=80.0, of=("margin",))}),
    },
    before="from torchgan.losses import LeastSquaresDiscriminatorLoss, LeastSquaresGeneratorLoss",
    after="from ganloss_torch.compat.torchgan import LeastSquaresDiscriminatorLoss, LeastSquaresGeneratorLoss",
    same="The classes have no `train_ops`: the loop is yours. The penalties keep the norm of the whole batch.",
    better="In the minimax loss both sides may have different sizes.",
    drop_in="ganloss_torch.compat.torchgan",
)
