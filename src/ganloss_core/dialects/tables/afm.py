"""The losses of Adversarial Flow Models."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="ByteDance-Seed/Adversarial-Flow-Models",
    spellings=("adversarial-flow-models",),
    file="train_adversarial_flow_imagenet.py and train_continuous_adversarial_flow_imagenet.py",
    entries={
        "afm": Entry(loss="rpgan", note="Without its penalties and its centring."),
        "cafm": Entry(
            loss="lsgan",
            hyperparameters={"fake_label": -1.0},
            note="It takes the derivatives of the continuous critic in the direction of the flow. Without centring.",
        ),
    },
    before="dis_loss_adv = F.softplus(-(logits_real - logits_fake)).mean()",
    after="criterion = GANLoss('afm/afm')  # once\n\n"
    "dis_loss_adv = criterion.discriminator(logits_real, logits_fake)\n"
    "gen_loss_adv = criterion.generator(logits_fake, real=logits_real)",
    same="dis_loss_cp is `drift(logits_real + logits_fake, cp_scale)`. dis_loss_r1 and dis_loss_r2, whose noise is gp_eps, "
    "are `approximate_r1` and `approximate_r2` with the weight 2 * gp_scale.",
    better="You can take every other loss by its name, with the same penalties.",
)
