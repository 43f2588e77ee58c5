"""The losses of imitation's GAIL and AIRL."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="HumanCompatibleAI/imitation",
    file="src/imitation/algorithms/adversarial/common.py, gail.py and airl.py",
    entries={
        "gail": Entry(
            loss="minimax", discriminator_factor=0.5, note="G is minus the mean reward, -log(1 - D), softplus of the logit."
        ),
        "airl": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="G is minus the mean logit. The logit is the reward less the log-likelihood of the policy's action; the "
            "policy is trained with the reward alone.",
        ),
    },
    before="loss = F.binary_cross_entropy_with_logits(disc_logits, batch['labels_expert_is_one'].float())",
    after="criterion = GANLoss('imitation/gail')  # once\n\nloss = criterion.discriminator(expert_logits, generated_logits)",
    same="One mean over both sides, as many of each, is half of a mean of each side. Experts are real and come first.",
    better="As many experts as policy's samples are not needed: each side has its own mean.",
)
