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
            note="G's loss is minus the mean reward, the softplus of the logit, before reward_scale.",
        ),
        "Wasserstein": Entry(
            loss=motion.wasserstein_of_tanh,
            parameters={"eta_wgan": Parameter(default=0.3, of=("eta",))},
            note="G's loss is minus the mean reward, e^tanh(eta_wgan D), before reward_scale.",
        ),
    },
    before="amp_loss, grad_pen_loss = discriminator.compute_loss(policy_d, expert_d, sample_amp_expert, sample_amp_policy)",
    after="criterion = GANLoss('amp_rsl_rl/BCEWithLogits')  # once\n\namp_loss = criterion.discriminator(expert_d, policy_d)",
    same="Experts are the real samples, and come first. The penalty is `r1` with the weight lambda_. For 'Wasserstein' it "
    "is `gradient_penalty`, of the critic before its tanh.",
    better="It takes weights and masks, and computes half-precision logits in float32.",
)
