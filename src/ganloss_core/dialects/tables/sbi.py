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
            note="BCELoss after a sigmoid there, clamped at 100, with gradient 0, where it rounds to 0 or 1; ours is not.",
        ),
        "nre_b": Entry(loss="nre_b", aliases=("snre_b",), note="num_atoms - 1 fakes for each row."),
        "nre_c": Entry(
            loss="nre_c",
            parameters={"gamma": Parameter(default=1.0, of=("gamma",))},
            aliases=("cnre",),
            note="Theirs draws the fakes of rows with and without a joint pair apart, ours takes both from one array.",
        ),
        "bnre": Entry(
            loss="bnre",
            parameters={"regularization_strength": Parameter(default=100.0, of=("strength",), slope=2.0)},
            generator="saturating",
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="The mean over both sides is half of the paper's sum, and the strength is not halved: twice the paper's.",
        ),
    },
    before="loss = nn.BCELoss()(torch.sigmoid(logits).squeeze(), labels)  # joint and marginal pairs take turns",
    after="criterion = GANLoss('sbi/nre_a')  # once\n\nloss = criterion.discriminator(logits[0::2], logits[1::2])",
    same="Joint pairs are real. sbi has no generator: G is minus D's loss.",
    better="A logit past 17 has its gradient in float32 too, where the sigmoid is 1.",
)
