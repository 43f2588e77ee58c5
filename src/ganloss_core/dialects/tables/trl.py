"""The losses of TRL's preference learning."""

from ganloss_core.dialects.formulas import pairs
from ganloss_core.dialects.table import Codebase, Entry, Parameter

_BETA = {"beta": Parameter(default=0.1, of=("beta",))}
_SMOOTHING = {"label_smoothing": Parameter(default=0.0, of=("label_smoothing",))}
_BY_LENGTH = "The scores are divided by the number of tokens of the answers before."

TABLE = Codebase(
    repository="huggingface/trl",
    file="trl/trainer/dpo_trainer.py, loss_type, and reward_trainer.py",
    entries={
        "sigmoid": Entry(loss="dpo", parameters=_BETA, aliases=("dpo",)),
        "sigmoid_norm": Entry(loss="dpo", parameters=_BETA, note=_BY_LENGTH),
        "hinge": Entry(loss="slic", parameters=_BETA),
        "ipo": Entry(loss="ipo", parameters=_BETA, note=_BY_LENGTH),
        "exo_pair": Entry(
            loss="exo_pair",
            parameters={**_BETA, "label_smoothing": Parameter(default=0.001, of=("label_smoothing",))},
            note="TRL refuses its default label_smoothing, 0, and recommends 0.001.",
        ),
        "nca_pair": Entry(loss="nca_pair", parameters=_BETA),
        "robust": Entry(loss="dpo_robust", parameters={**_BETA, **_SMOOTHING}),
        "bco_pair": Entry(loss="bco_pair", parameters=_BETA),
        "sppo_hard": Entry(loss="sppo_hard", parameters=_BETA),
        "aot_unpaired": Entry(
            loss="aot_pair",
            parameters={**_BETA, **_SMOOTHING},
            note="'aot' of TRL sorts the margins of the policy and those of the reference: it is this loss of these two "
            "arrays.",
        ),
        "apo_zero": Entry(loss="apo_zero", parameters=_BETA),
        "apo_down": Entry(loss="apo_down", parameters=_BETA),
        "discopop": Entry(loss="discopop", parameters={**_BETA, "discopop_tau": Parameter(default=0.05, of=("temperature",))}),
        "reward": Entry(
            loss=pairs.centered_rewards,
            parameters={"center_rewards_coefficient": Parameter(default=0.0, of=("center",))},
            note="RewardTrainer, whose default coefficient, None, is 0. A margin is subtracted from the rewards of the chosen "
            "ones in the first term alone, not in the centring: `reward_loss` of the drop-in has both.",
        ),
    },
    before="loss = -F.logsigmoid(self.beta * (chosen_logratios - rejected_logratios)).mean()  # DPOConfig(loss_type='sigmoid')",
    after="from ganloss_torch.compat.trl import dpo_loss, reward_loss",
    same="`dpo_loss(chosen_logratios, rejected_logratios, beta, loss_type, label_smoothing)` is the mean over pairs; 'ipo' "
    "and 'sigmoid_norm' divide by `chosen_lengths` and `rejected_lengths`. By name, "
    "`GANLoss('trl/sigmoid').discriminator(chosen_scores, rejected_scores)`: scores are log-likelihoods of the policy "
    "less those of the reference, or rewards; the chosen answers are the real side. A list of loss types with their "
    "weights is a sum, which you write. TRL has no generator: G's loss is D's with the sides swapped.",
    better="The same numbers are in JAX, with a weight for each pair, and their derivatives are checked.",
    drop_in="ganloss_torch.compat.trl",
)
