"""Self-Forcing's losses."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="guandeh17/Self-Forcing",
    file="model/gan.py; weights are the caller's",
    entries={
        "non_saturating": Entry(loss="logistic"),
        "relativistic": Entry(loss="rpgan", note="relativistic_discriminator: true."),
    },
    before="loss = F.softplus(-(noisy_fake_logit - noisy_real_logit)).mean()",
    after="criterion = GANLoss('self_forcing/relativistic')  # once\n\n"
    "loss = criterion.generator(noisy_fake_logit, real=noisy_real_logit)",
    same="All values and gradients are the same.",
    better="Logits of different shapes are an error; theirs would broadcast.",
)
