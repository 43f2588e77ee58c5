"""The losses of ESRGAN and Real-ESRGAN, as BasicSR trains them."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="XPixelGroup/BasicSR",
    spellings=("real-esrgan",),
    file="basicsr/models/esrgan_model.py; xinntao/Real-ESRGAN, realesrgan/models/realesrgan_model.py",
    entries={
        "ragan": Entry(
            loss="rasgan",
            generator_factor=0.5,
            parameters={"discriminator_weight": Parameter(default=0.5, of=("discriminator",))},
            detached=True,
            note="The mean is held constant, which leaves D's value and changes its gradient, also in direction.",
        ),
        "vanilla": Entry(
            loss="logistic",
            parameters={
                "real_label_val": Parameter(default=1.0, of=("real_label", "generator_label")),
                "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
            },
            note="Real-ESRGAN, on the map of a U-Net.",
        ),
    },
    before="l_d_real = cri_gan(real_d_pred - torch.mean(fake_d_pred.detach()), True, is_disc=True) * 0.5  # and the fake half",
    after="criterion = GANLoss('esrgan/ragan')  # once\n\nl_d_total = criterion.discriminator(real_d_pred, fake_d_pred)",
    same="D has one backward pass here, in place of two. The `loss_weight` of gan_opt is yours: multiply G's loss by it.",
    better="`GANLoss('rasgan')` is the loss of the paper, whose gradient is that of the value shown.",
)
