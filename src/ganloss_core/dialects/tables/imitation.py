"""The losses of imitation's GAIL and AIRL."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="HumanCompatibleAI/imitation",
    file="src/imitation/algorithms/adversarial/common.py, gail.py and airl.py",
    entries={
        "gail": Entry(
            loss="minimax",
            discriminator_factor=0.5,
            note="G's loss is minus the mean reward, -log(1 - D), which is the softplus of the logit.",
        ),
        "airl": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="G's loss is minus the mean logit. There the logit is the reward less the log-likelihood of the policy's "
            "action, and the policy is trained with the reward alone.",
        ),
    },
    before="loss = F.binary_cross_entropy_with_logits(disc_logits, batch['labels_expert_is_one'].float())",
    after="criterion = GANLoss('imitation/gail')  # once\n\nloss = criterion.discriminator(expert_logits, generated_logits)",
    same="The original takes one mean over both sides; with equally many samples on each side this is half of the sum of a "
    "mean for each side. Experts are the real samples, and come first.",
    better="The batch may have another number of experts than of policy samples: each side has its own mean.",
)
