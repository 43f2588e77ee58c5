"""The loss of StyleGAN2 as rosinality's code has it."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="rosinality/stylegan2-pytorch",
    spellings=("stylegan2-pytorch",),
    file="train.py",
    entries={"logistic": Entry(loss="logistic")},
    before="from train import d_logistic_loss, d_r1_loss, g_nonsaturating_loss, g_path_regularize",
    after="from ganloss_torch.compat.stylegan2 import d_logistic_loss, d_r1_loss, g_nonsaturating_loss, g_path_regularize",
    same="All values and gradients are the same. `d_r1_loss` has no factor 1/2, because the training code multiplies it.",
    better="In float64 the tail of the softplus is kept. A penalty can share its forward pass with the loss: "
    "`ganloss_torch.observe`.",
    drop_in="ganloss_torch.compat.stylegan2",
)
