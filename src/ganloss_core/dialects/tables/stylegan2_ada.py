"""The loss of StyleGAN2-ADA."""

from ganloss_core.dialects.table import Codebase, Entry

_AFTER = """\
import ganloss_torch as gan

criterion = gan.GANLoss('stylegan2_ada/logistic', reduction='none')  # once; a loss for each sample, as theirs reports it
path_length = gan.StatefulModule(gan.PathLength(pl_weight, decay=pl_decay, anchor=True))  # once; its mean is in the state_dict

# Gmain
loss_Gmain = criterion.generator(run_D(run_G(gen_z, gen_c)[0], gen_c)).fake
loss_Gmain.mean().mul(gain).backward()

# Greg
n = len(gen_z) // pl_batch_shrink
ws = run_G(gen_z[:n], gen_c[:n])[1]
path_length(G_synthesis, ws).mul(gain).backward()

# Dmain
gen_img = run_G(gen_z, gen_c)[0].detach()
loss_Dreal, loss_Dgen, *_ = criterion.discriminator(run_D(real_img, real_c), run_D(gen_img, gen_c))
(loss_Dreal.mean() + loss_Dgen.mean()).mul(gain).backward()

# Dreg
seen = gan.observe(run_D, real=real_img, real_args=(real_c,), anchor=True)
gan.r1(seen, r1_gamma).mul(gain).backward()"""

TABLE = Codebase(
    repository="NVlabs/stylegan2-ada-pytorch",
    spellings=("stylegan2-ada-pytorch",),
    file="training/loss.py",
    entries={"logistic": Entry(loss="logistic")},
    before="loss.accumulate_gradients(phase, real_img, real_c, gen_z, gen_c, sync, gain)  # StyleGAN2Loss",
    after=_AFTER,
    same="The phases are yours to call. `gain` is the interval of a phase that is a step of its own. `anchor=True` gives a "
    "gradient of 0 to the parameters that R1, or the path length, does not reach: Adam then counts a step for them, as "
    "there. Dboth is the loss of `seen.real` plus R1, with one forward pass. For the R1 of each sample, to log it, "
    "write `gan.r1(seen, r1_gamma, reduction='none')`. Dmain has one backward pass here, and one for each side there.",
    better="The loss needs neither `sync` nor a phase; the mean path length is saved with the rest.",
)
