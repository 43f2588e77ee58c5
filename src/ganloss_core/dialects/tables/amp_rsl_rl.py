"""The losses of AMP for rsl_rl."""

from ganloss_core.dialects.formulas import motion
from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="gbionics/amp-rsl-rl",
    file="amp_rsl_rl/networks/discriminator.py",
    entries={
        "BCEWithLogits": Entry(
            loss="minimax",
            discriminator_factor=0.5,
            note="G is minus the mean reward, softplus of the logit, before reward_scale.",
        ),
        "Wasserstein": Entry(
            loss=motion.wasserstein_of_tanh,
            parameters={"eta_wgan": Parameter(default=0.3, of=("eta",))},
            note="G is minus the mean reward, e^tanh(eta_wgan D), before reward_scale.",
        ),
    },
    before="amp_loss, grad_pen_loss = discriminator.compute_loss(policy_d, expert_d, sample_amp_expert, sample_amp_policy)",
    after="criterion = GANLoss('amp_rsl_rl/BCEWithLogits')  # once\n\namp_loss = criterion.discriminator(expert_d, policy_d)",
    same="Experts are real and come first. The penalty is `r1` of weight lambda_, and `gradient_penalty` for 'Wasserstein', "
    "whose slope is that before the tanh.",
    better="Weights, masks, and half-precision logits computed in float32.",
)
