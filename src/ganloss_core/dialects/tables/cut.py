"""The losses of CUT."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

# The training code halves D's loss, whatever its mode.
_HALF = {"discriminator_weight": Parameter(default=0.5, of=("discriminator",))}
_LABELS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
    **_HALF,
}

TABLE = Codebase(
    repository="taesungp/contrastive-unpaired-translation",
    spellings=("contrastive-unpaired-translation",),
    file="models/networks.py, and the factor 1/2 in models/cut_model.py",
    entries={
        "lsgan": Entry(loss="lsgan", parameters=_LABELS),
        "vanilla": Entry(loss="logistic", parameters=_LABELS),
        "nonsaturating": Entry(
            loss="logistic", parameters=_HALF, note="The loss class gives one number per sample, and the model takes its mean."
        ),
        "wgangp": Entry(loss="wasserstein", parameters=_HALF, note="No model adds a penalty to it."),
    },
    before="from models.networks import GANLoss",
    after="from ganloss_torch.compat.cyclegan import GANLoss",
    same="The loss of float64 logits is float64. Checkpoints load, because the labels are buffers with the same names.",
    better="Half-precision logits are computed in float32 in every mode.",
    drop_in="ganloss_torch.compat.cyclegan",
)
