"""The losses of sbi's neural ratio estimation."""

from ganloss_core.dialects.formulas import pairs
from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="sbi-dev/sbi",
    file="sbi/inference/trainers/nre/nre_a.py, nre_b.py, nre_c.py and bnre.py",
    entries={
        "nre_a": Entry(
            loss=pairs.reversed_logistic,
            discriminator_factor=0.5,
            generator_factor=0.5,
            aliases=("snre_a", "aalr"),
            note="There a BCELoss after a sigmoid: where the sigmoid rounds to 0 or 1, the loss is clamped at 100 and the "
            "gradient is 0. Ours is not clamped.",
        ),
        "nre_b": Entry(loss="nre_b", aliases=("snre_b",), note="Each row has num_atoms - 1 fakes."),
        "nre_c": Entry(
            loss="nre_c",
            parameters={"gamma": Parameter(default=1.0, of=("gamma",))},
            aliases=("cnre",),
            note="Theirs draws the fakes of rows with a joint pair and of rows without one apart; ours takes both from one "
            "array.",
        ),
        "bnre": Entry(
            loss="bnre",
            parameters={"regularization_strength": Parameter(default=100.0, of=("strength",), slope=2.0)},
            generator="saturating",
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="The mean over both sides is half of the sum in the paper, and the strength is not halved: it is twice "
            "that of the paper.",
        ),
    },
    before="loss = nn.BCELoss()(torch.sigmoid(logits).squeeze(), labels)  # joint and marginal pairs take turns",
    after="criterion = GANLoss('sbi/nre_a')  # once\n\nloss = criterion.discriminator(logits[0::2], logits[1::2])",
    same="Joint pairs are the real samples. sbi has no generator: G's loss is minus D's.",
    better="A logit beyond 17 has a gradient in float32 too, where the sigmoid is 1.",
)
