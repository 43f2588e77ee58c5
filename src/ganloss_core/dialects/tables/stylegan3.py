"""The loss of StyleGAN3."""

from ganloss_core.dialects.table import Codebase, Entry

_AFTER = """\
import ganloss_torch as gan

criterion = gan.GANLoss('stylegan3/logistic', reduction='none')  # once; a loss for each sample, as theirs reports it

# Gmain
loss_Gmain = criterion.generator(run_D(run_G(gen_z, gen_c)[0], gen_c, blur_sigma)).fake
loss_Gmain.mean().mul(gain).backward()

# Dmain
gen_img = run_G(gen_z, gen_c, update_emas=True)[0].detach()
gen_logits = run_D(gen_img, gen_c, blur_sigma, update_emas=True)
loss_Dreal, loss_Dgen, *_ = criterion.discriminator(run_D(real_img, real_c, blur_sigma), gen_logits)
(loss_Dreal.mean() + loss_Dgen.mean()).mul(gain).backward()

# Dreg
seen = gan.observe(run_D, real=real_img, real_args=(real_c, blur_sigma), anchor=False)
gan.r1(seen, r1_gamma).mul(gain).backward()"""

TABLE = Codebase(
    repository="NVlabs/stylegan3",
    file="training/loss.py",
    entries={"logistic": Entry(loss="logistic")},
    before="loss.accumulate_gradients(phase, real_img, real_c, gen_z, gen_c, gain, cur_nimg)  # StyleGAN2Loss",
    after=_AFTER,
    same="The phases are yours to call. `gain` is the interval of a phase that is a step of its own. With `anchor=False` a "
    "parameter that R1 does not reach has no gradient, and Adam skips it, as there (StyleGAN2-ADA has zeros). Dboth is "
    "the loss of `seen.real` plus R1, with one forward pass. The path length, which is off by default, is "
    "`PathLength`, as for StyleGAN2-ADA. Dmain has one backward pass here, and one for each side there.",
    better="The loss needs no phase, and the critic runs no second time for a penalty.",
)
