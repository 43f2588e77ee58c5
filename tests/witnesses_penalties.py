"""Independent transcriptions of gradient penalties, state-keeping regularizers and loss balancers.

Numbers are mpmath floats of at least 50 digits, inputs are nested lists of floats. A high logit means real. Every mean
over logits or features is over all their elements, |g| is the L2 norm over all the coordinates of one sample, and
x_hat = mix * real + (1 - mix) * fake with one mix per sample. Nothing here is shared with the package under test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import mpmath
from mpmath import mp, mpf

DIGITS = 50
HALF = mpf(1) / 2


def precise(function):
    """Run a function with at least 50 digits, or with more where its caller works with more."""

    @wraps(function)
    def at_least(*args, **kwargs):
        with mpmath.workdps(max(mp.dps, DIGITS)):
            return function(*args, **kwargs)

    return at_least


def flatten(values):
    """The numbers of a nested list, or the one number given, as a flat list of mpf."""
    if isinstance(values, (list, tuple)):
        return [number for value in values for number in flatten(value)]
    return [mpf(values)]


@precise
def mean(values):
    values = flatten(values)
    return mpmath.fsum(values) / len(values)


@precise
def norm(values):
    return mpmath.sqrt(mpmath.fsum(value**2 for value in flatten(values)))


@precise
def mean_square_difference(left, right):
    return mean([(a - b) ** 2 for a, b in zip(flatten(left), flatten(right), strict=True)])


def relu(value):
    return value if value > 0 else mpf(0)


# --- The critic ---


@dataclass(frozen=True)
class TanhCritic:
    """D(x) = w2 . tanh(W1 x + b1) + b2 with W1 of h rows and d columns."""

    W1: list
    b1: list
    w2: list
    b2: float

    @precise
    def hidden(self, x):
        """tanh(W1 x + b1)."""
        rows = zip(self.W1, self.b1, strict=True)
        return [mpmath.tanh(mpmath.fsum(mpf(w) * mpf(v) for w, v in zip(row, x, strict=True)) + mpf(b)) for row, b in rows]

    @precise
    def logit(self, x):
        """D(x)."""
        return mpmath.fsum(mpf(w) * t for w, t in zip(self.w2, self.hidden(x), strict=True)) + mpf(self.b2)

    @precise
    def input_gradient(self, x):
        """W1^T (w2 * (1 - tanh^2(W1 x + b1)))."""
        slopes = [mpf(w) * (1 - t**2) for w, t in zip(self.w2, self.hidden(x), strict=True)]
        return [mpmath.fsum(mpf(row[j]) * slope for row, slope in zip(self.W1, slopes, strict=True)) for j in range(len(x))]

    @precise
    def parameters(self):
        """W1 row by row, b1, w2, b2."""
        return flatten([self.W1, self.b1, self.w2, self.b2])

    def with_parameters(self, flat):
        """The critic of the same shape with these parameters, in the order of `parameters`."""
        h, d = len(self.W1), len(self.W1[0])
        if len(flat) != h * d + 2 * h + 1:
            raise ValueError("a critic of this shape has another number of parameters")
        W1 = [list(flat[i * d : (i + 1) * d]) for i in range(h)]
        return TanhCritic(W1, list(flat[h * d : h * d + h]), list(flat[h * d + h : h * d + 2 * h]), flat[-1])


def parameter_gradient(value_of_critic, critic):
    """The gradient of a scalar function of a critic by all its parameters: central differences, good to ~ 40 digits."""
    with mpmath.workdps(80):
        step = mpf(10) ** -20
        center = critic.parameters()

        def value(i, shift):
            return value_of_critic(critic.with_parameters([*center[:i], center[i] + shift, *center[i + 1 :]]))

        return [(value(i, step) - value(i, -step)) / (2 * step) for i in range(len(center))]


# --- Gradient penalties: (critic, real, fake, *, mix, noise, **hyperparameters) -> mpf ---


@precise
def mixed(real, fake, mix):
    """mix * real + (1 - mix) * fake, one mix per sample."""
    return [
        [mpf(m) * mpf(a) + (1 - mpf(m)) * mpf(b) for a, b in zip(x, y, strict=True)]
        for x, y, m in zip(real, fake, mix, strict=True)
    ]


@precise
def shifted(samples, noise, scale=1):
    """samples + scale * noise."""
    return [[mpf(a) + mpf(scale) * mpf(e) for a, e in zip(x, n, strict=True)] for x, n in zip(samples, noise, strict=True)]


def slopes_at(critic, samples):
    """|grad D| of every sample."""
    return [norm(critic.input_gradient(x)) for x in samples]


@precise
def r1(critic, real, fake, *, mix=None, noise=None, weight):
    """weight/2 * mean |grad D(real)|^2: Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406, eq. 9."""
    return mpf(weight) * HALF * mean([g**2 for g in slopes_at(critic, real)])


@precise
def r2(critic, real, fake, *, mix=None, noise=None, weight):
    """weight/2 * mean |grad D(fake)|^2: Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406, eq. 10."""
    return mpf(weight) * HALF * mean([g**2 for g in slopes_at(critic, fake)])


@precise
def zero_centered(critic, real, fake, *, mix=None, noise=None, weight):
    """weight * mean |grad D(x_hat)|^2, without a half, as in htt210/GeneralizationAndStabilityInGANs,
    GradientPenaltiesGAN.py (`cal_gradpen` with center 0), the code of Thanh-Tung et al. 2019, arXiv:1902.03984."""
    return mpf(weight) * mean([g**2 for g in slopes_at(critic, mixed(real, fake, mix))])


def norm_penalty(slopes, weight, target, one_sided):
    """weight * mean (|g| - target)^2, or of relu(|g| - target)^2."""
    excess = [g - mpf(target) for g in slopes]
    return mpf(weight) * mean([(relu(e) if one_sided else e) ** 2 for e in excess])


@precise
def wgan_gp(critic, real, fake, *, mix=None, noise=None, weight, target=1.0, one_sided=False):
    """weight * mean (|grad D(x_hat)| - target)^2: Gulrajani et al. 2017, arXiv:1704.00028, eq. 3 and, of the one-sided
    penalty, section 4."""
    return norm_penalty(slopes_at(critic, mixed(real, fake, mix)), weight, target, one_sided)


@precise
def wgan_lp(critic, real, fake, *, mix=None, noise=None, weight):
    """weight * mean max(0, |grad D(x_hat)| - 1)^2: Petzka, Fischer & Lukovnikov 2018, arXiv:1709.08894."""
    return norm_penalty(slopes_at(critic, mixed(real, fake, mix)), weight, 1, True)


@precise
def wgan_div(critic, real, fake, *, mix=None, noise=None, weight, power):
    """weight * mean |grad D(x_hat)|^power: Wu et al. 2018, arXiv:1712.01026, with their k = 2 and p = 6; the first
    author's musikisomorphie/wgan-div, wgan_div.py, has 10 for the weight and writes |g|^6 as (|g|^2)^3."""
    return mpf(weight) * mean([g ** mpf(power) for g in slopes_at(critic, mixed(real, fake, mix))])


@precise
def wgan_div_endpoints(critic, real, fake, *, mix=None, noise=None, weight, power):
    """weight/2 * (mean |grad D(real)|^power + mean |grad D(fake)|^power): eriklindernoren/PyTorch-GAN,
    implementations/wgan_div/wgan_div.py."""
    sides = [mean([g ** mpf(power) for g in slopes_at(critic, side)]) for side in (real, fake)]
    return mpf(weight) * HALF * (sides[0] + sides[1])


@precise
def dragan(critic, real, fake, *, mix=None, noise=None, weight, target=1.0, one_sided=False):
    """weight * mean (|grad D(real + noise)| - target)^2: Kodali et al. 2017, arXiv:1705.07215; the authors'
    kodalinaveen3/DRAGAN, DRAGAN.ipynb, has noise = alpha * 0.5 * std * U, alpha per sample and U per coordinate both
    uniform on [0, 1), std numpy's over the whole batch."""
    return norm_penalty(slopes_at(critic, shifted(real, noise)), weight, target, one_sided)


@precise
def max_gp(critic, real, fake, *, mix=None, noise=None, weight):
    """weight * max |grad D(x_hat)|^2 over the samples: Zhou et al. 2019, arXiv:1902.05687; the authors'
    ZhimingZhou/LGANs-for-reproduce, code/gan_synthetic4.py, also keeps the worst points of the last step in the batch."""
    return mpf(weight) * max(g**2 for g in slopes_at(critic, mixed(real, fake, mix)))


def finite_difference(critic, samples, noise, weight, sigma, divide):
    """weight * mean (D(x + sigma * noise) - D(x))^2, the difference over sigma where `divide`."""
    logits = [(critic.logit(moved), critic.logit(x)) for moved, x in zip(shifted(samples, noise, sigma), samples, strict=True)]
    scale = mpf(sigma) if divide else mpf(1)
    return mpf(weight) * mean([((moved - still) / scale) ** 2 for moved, still in logits])


@precise
def fd_r1(critic, real, fake, *, mix=None, noise=None, weight, sigma, divide=True):
    """weight * mean ((D(real + sigma * noise) - D(real)) / sigma)^2, in expectation weight * mean |grad D(real)|^2 and
    so `r1` of 2 * weight: Self-Forcing, model/gan.py, whose trainer/gan.py takes half of the sum of this and of the one
    on fakes; without the division it is L_aR1 of Lin et al. 2025, arXiv:2501.08316, section 3.4, of weight 100."""
    return finite_difference(critic, real, noise, weight, sigma, divide)


@precise
def fd_r2(critic, real, fake, *, mix=None, noise=None, weight, sigma, divide=True):
    """weight * mean ((D(fake + sigma * noise) - D(fake)) / sigma)^2: Self-Forcing, model/gan.py, halved by its
    trainer/gan.py; without the division it is L_aR2 of Lin et al. 2025, arXiv:2506.09350."""
    return finite_difference(critic, fake, noise, weight, sigma, divide)


@precise
def gan_qp(critic, real, fake, *, mix=None, noise=None, weight, distance="l1"):
    """mean (D(x) - D(y))^2 / (2 lambda d(x, y)) of pairs, lambda = 1 / weight: Su 2018, arXiv:1811.07296; bojone/gan-qp,
    512/gan_qp_l1.py with the mean of |x - y|, 128/gan_qp_l2.py with the root of the mean of its square, both of lambda 10."""

    def apart(x, y):
        gaps = [abs(mpf(a) - mpf(b)) for a, b in zip(flatten(x), flatten(y), strict=True)]
        return mean(gaps) if distance == "l1" else mpmath.sqrt(mean([gap**2 for gap in gaps]))

    pairs = list(zip(real, fake, strict=True))
    return mpf(weight) / 2 * mean([(critic.logit(x) - critic.logit(y)) ** 2 / apart(x, y) for x, y in pairs])


PENALTIES: dict[str, Callable] = {
    penalty.__name__: penalty
    for penalty in (
        r1,
        r2,
        zero_centered,
        wgan_gp,
        wgan_lp,
        wgan_div,
        wgan_div_endpoints,
        dragan,
        max_gp,
        fd_r1,
        fd_r2,
        gan_qp,
    )
}


# --- LeCam: Tseng et al. 2021, arXiv:2104.03310 ---


@precise
def lecam(real_logits, fake_logits, ema_real, ema_fake):
    """mean relu(r - ema_fake)^2 + mean relu(ema_real - f)^2: google/lecam-gan, biggan_cifar/losses.py (`lecam_reg`)."""
    real_term = mean([relu(r - mpf(ema_fake)) ** 2 for r in flatten(real_logits)])
    return real_term + mean([relu(mpf(ema_real) - f) ** 2 for f in flatten(fake_logits)])


@precise
def lecam_batch_mean(real_logits, fake_logits, ema_real, ema_fake):
    """relu(mean r - ema_fake)^2 + relu(ema_real - mean f)^2: bytedance/1d-tokenizer, modeling/modules/losses.py."""
    return relu(mean(real_logits) - mpf(ema_fake)) ** 2 + relu(mpf(ema_real) - mean(fake_logits)) ** 2


@precise
def lecam_paper(real_logits, fake_logits, ema_real, ema_fake):
    """mean (r - ema_fake)^2 + mean (f - ema_real)^2: eq. 4 of the paper, which has no relu."""
    real_term = mean([(r - mpf(ema_fake)) ** 2 for r in flatten(real_logits)])
    return real_term + mean([(f - mpf(ema_real)) ** 2 for f in flatten(fake_logits)])


@precise
def ema(old, new, decay):
    """decay * old + (1 - decay) * new: google/lecam-gan, third_party/utils.py (`ema_losses`)."""
    return mpf(decay) * mpf(old) + (1 - mpf(decay)) * mpf(new)


@precise
def ema_debiased(history, decay):
    """An average that starts at 0, over 1 - decay^t after t updates: TensorFlow, python/training/moving_averages.py
    (`assign_moving_average` with zero_debias), as google/lecam-gan's stylegan2/lecam_loss.py calls it."""
    biased = mpf(0)
    for value in history:
        biased = ema(biased, value, decay)
    return biased / (1 - mpf(decay) ** len(history))


LECAM_FORMS: dict[str, Callable] = {"elementwise": lecam, "batch_mean": lecam_batch_mean, "paper": lecam_paper}


@precise
def LECAM_STEPS(
    form,
    logits_per_step,
    decay,
    initial,
    update_first,
    start,
    debias,
    copy_before_start=False,
    strictly_after=False,
):
    """The penalty at every step of a list of (real, fake) batches: 0 until `start` steps are done, before which the
    averages are kept as always or, with `copy_before_start`, are the last means. google/lecam-gan's biggan_cifar and
    StudioGAN: update_first, copy_before_start and strictly_after, which is one more step of 0 (`itr > start_itr` of an
    itr from 0, against `itr < start_itr` for the copy); google's TF code: update_first and debias, start 0;
    bytedance/1d-tokenizer: form batch_mean, initial 0, update after use, start 0."""
    if debias and copy_before_start:
        raise ValueError("no published code does both")
    averages, histories, penalties = [mpf(initial), mpf(initial)], ([], []), []
    for step, batches in enumerate(logits_per_step):
        updated = []
        for old, batch, history in zip(averages, batches, histories, strict=True):
            history.append(mean(batch))
            if debias:
                updated.append(ema_debiased(history, decay))
            else:
                updated.append(ema(old, history[-1], 0 if copy_before_start and step < start else decay))
        active = step > start if strictly_after else step >= start
        penalty = LECAM_FORMS[form](*batches, *(updated if update_first else averages))
        penalties.append(penalty if active else mpf(0))
        averages = updated
    return penalties


# --- Path length, adaptive weight, balancer ---


@precise
def path_length(jacobian_vector_products, mean_before, decay, weight):
    """weight * mean (length - new_mean)^2 and new_mean = mean_before + decay * (mean length - mean_before), a length
    being sqrt(mean over layers of the sum of g^2): NVlabs/stylegan2-ada-pytorch, training/loss.py, which, like
    rosinality/stylegan2-pytorch, train.py, detaches new_mean where it keeps it but not in the penalty, so the gradient
    passes through it."""
    lengths = [mpmath.sqrt(mean([norm(layer) ** 2 for layer in layers])) for layers in jacobian_vector_products]
    new_mean = mpf(mean_before) + mpf(decay) * (mean(lengths) - mpf(mean_before))
    return mpf(weight) * mean([(length - new_mean) ** 2 for length in lengths]), new_mean


@precise
def vqgan_adaptive_weight(nll_gradient, g_gradient, eps=1e-4, max=1e4):
    """|nll gradient| / (|g gradient| + eps) clamped to [0, max], norms over the whole of the last layer:
    CompVis/taming-transformers, taming/modules/losses/vqperceptual.py, which then detaches it and multiplies it by
    disc_weight."""
    return min(norm(nll_gradient) / (norm(g_gradient) + mpf(eps)), mpf(max))


@precise
def balancer_norms(gradients, per_batch_item=True):
    """The norm of every gradient: the mean over samples of a sample's norm, or the norm of the whole batch."""
    return {
        name: mean([norm(sample) for sample in samples]) if per_batch_item else norm(samples)
        for name, samples in gradients.items()
    }


@precise
def encodec_balancer(
    gradients,
    weights,
    total_norm=1.0,
    ema_decay=0.999,
    epsilon=1e-12,
    per_batch_item=True,
    history=(),
    rescale_grads=True,
):
    """sum_i g_i * (w_i / sum w) * total_norm / (epsilon + average |g_i|), or sum_i w_i g_i without rescale_grads:
    facebookresearch/encodec, encodec/balancer.py; the average of a loss is sum_t decay^(age) n_t / sum_t decay^(age)
    over its norms in `history` (dicts as of `balancer_norms`, oldest first) and, age 0, of this step; sum w is over the
    losses given."""
    steps = [*history, balancer_norms(gradients, per_batch_item)]
    total_weight = mpmath.fsum(mpf(weights[name]) for name in gradients)
    scales = {}
    for name in gradients:
        norms = [step[name] for step in steps if name in step]
        ages = [mpf(ema_decay) ** (len(norms) - 1 - t) for t in range(len(norms))]
        average = mpmath.fsum(a * mpf(n) for a, n in zip(ages, norms, strict=True)) / mpmath.fsum(ages)
        ratio = mpf(weights[name]) / total_weight
        scales[name] = ratio * mpf(total_norm) / (mpf(epsilon) + average) if rescale_grads else mpf(weights[name])
    first = next(iter(gradients.values()))
    return [
        [mpmath.fsum(scales[name] * mpf(gradients[name][i][j]) for name in gradients) for j in range(len(sample))]
        for i, sample in enumerate(first)
    ]


# --- BEGAN ---


@precise
def began(real_energies, fake_energies, k, gamma, lambda_k):
    """mean E_r - k * mean E_f, mean E_f, the next k = clip(k + lambda_k * balance, 0, 1) and mean E_r + |balance|, of
    balance = gamma * mean E_r - mean E_f: Berthelot, Schumm & Metz 2017, arXiv:1703.10717, sections 3.3 and 3.4, with
    the same fakes in both losses as in carpedm20/BEGAN-tensorflow, trainer.py."""
    real, fake = mean(real_energies), mean(fake_energies)
    balance = mpf(gamma) * real - fake
    new_k = min(max(mpf(k) + mpf(lambda_k) * balance, mpf(0)), mpf(1))
    return real - mpf(k) * fake, fake, new_k, real + abs(balance)


# --- Feature matching ---


DISTANCES = {"l1": abs, "l2": lambda difference: difference**2}


@precise
def over_layers(terms, layers):
    """The mean or the sum of one number per layer."""
    return {"mean": mean, "sum": mpmath.fsum}[layers](terms)


@precise
def feature_matching(real_layers, fake_layers, distance="l1", layers="mean"):
    """The mean of |f - r|, or of (f - r)^2, over all the elements of a layer, then the mean or the sum over layers:
    Wang et al. 2018, arXiv:1711.11585, eq. 4; l1 and sum, times 2, is jik876/hifi-gan, models.py; l1 and mean is
    facebookresearch/audiocraft, adversarial/losses.py."""
    apply = DISTANCES[distance]
    terms = [
        mean([apply(f - r) for f, r in zip(flatten(fake), flatten(real), strict=True)])
        for fake, real in zip(fake_layers, real_layers, strict=True)
    ]
    return over_layers(terms, layers)


@precise
def feature_matching_of_means(real_layers, fake_layers, distance="l1", features="mean", layers="sum"):
    """The mean or the sum over features of |mean_b f - mean_b r|, or of its square, then over layers: l1 and mean is
    StudioGAN's utils/losses.py and openai/improved-gan's train_cifar_feature_matching.py, l2 and mean is its
    train_mnist_feature_matching.py, l2 and sum is Salimans et al. 2016, arXiv:1606.03498, section 3.1."""
    apply = DISTANCES[distance]
    terms = []
    for fake, real in zip(fake_layers, real_layers, strict=True):
        columns = [[mean(column) for column in zip(*map(flatten, batch), strict=True)] for batch in (fake, real)]
        terms.append(over_layers([apply(f - r) for f, r in zip(*columns, strict=True)], features))
    return over_layers(terms, layers)


# --- Consistency ---


@precise
def cr(logits, logits_augmented, weight):
    """weight * mean (D(x) - D(T(x)))^2: Zhang et al. 2020, arXiv:1910.12027; StudioGAN, src/worker.py."""
    return mpf(weight) * mean_square_difference(logits, logits_augmented)


@precise
def bcr(real, real_augmented, fake, fake_augmented, weight_real, weight_fake):
    """weight_real * mean (D(x) - D(T(x)))^2 + weight_fake * mean (D(G(z)) - D(T(G(z))))^2: Zhao et al. 2020,
    arXiv:2002.04724, algorithm 1; StudioGAN, src/worker.py."""
    return cr(real, real_augmented, weight_real) + cr(fake, fake_augmented, weight_fake)


@precise
def zcr_discriminator(fake, fake_of_perturbed_z, weight):
    """weight * mean (D(G(z)) - D(G(z + e)))^2: Zhao et al. 2020, arXiv:2002.04724, algorithm 2."""
    return cr(fake, fake_of_perturbed_z, weight)


@precise
def zcr_generator(images, images_of_perturbed_z, weight):
    """-weight * mean (G(z) - G(z + e))^2 over every pixel, as StudioGAN, src/worker.py, has for the squared norm of Zhao
    et al. 2020, arXiv:2002.04724, algorithm 2."""
    return -mpf(weight) * mean_square_difference(images, images_of_perturbed_z)


# --- Drift ---


@precise
def drift(real_logits, weight):
    """weight * mean r^2: Karras et al. 2018, arXiv:1710.10196, appendix A.1, of weight 0.001 as in
    tkarras/progressive_growing_of_gans, loss.py (`wgan_epsilon`)."""
    return mpf(weight) * mean([r**2 for r in flatten(real_logits)])


@precise
def drift_both(real_logits, fake_logits, weight):
    """weight * (mean f^2 + mean r^2) / 2: open-mmlab/mmagic, mmagic/models/editors/pggan/pggan.py, of weight 0.001."""
    return HALF * (drift(fake_logits, weight) + drift(real_logits, weight))


# --- What other codebases call them: (codebase, its name, ours) ---

CONVENTIONS: list[tuple[str, str, str]] = [
    # R1, R2
    ("LMescheder/GAN_stability", "reg_type real", "r1 with weight 2*reg_param"),
    ("LMescheder/GAN_stability", "reg_type fake", "r2 with weight 2*reg_param"),
    ("LMescheder/GAN_stability", "reg_type real_fake", "r1 + r2, each with weight 2*reg_param"),
    ("NVlabs/stylegan2-ada-pytorch", "r1_gamma", "r1 with weight r1_gamma, times the interval of 16 on the steps that have it"),
    ("NVlabs/stylegan3", "r1_gamma", "r1 with weight r1_gamma, times the interval of 16 on the steps that have it"),
    ("brownvc/R3GAN", "Gamma", "r1 + r2, each with weight Gamma, every step"),
    ("rosinality/stylegan2-pytorch", "d_r1_loss", "r1 with weight 2"),
    ("rosinality/stylegan2-pytorch", "args.r1", "r1 with weight r1*d_reg_every on the steps that have it"),
    ("XPixelGroup/BasicSR", "r1_penalty", "r1 with weight 2"),
    ("XPixelGroup/BasicSR", "r1_reg_weight", "r1 with weight r1_reg_weight*net_d_reg_every on the steps that have it"),
    ("open-mmlab/mmagic", "r1_gradient_penalty_loss, norm_mode HWC", "r1 with weight 2*loss_weight"),
    ("open-mmlab/mmagic", "r1_gradient_penalty_loss, norm_mode pixel", "r1 with weight 2*loss_weight/(H*W)"),
    ("open-mmlab/mmagic", "StyleGANv1", "r1 with weight 20"),
    ("POSTECH-CVLab/PyTorch-StudioGAN", "r1_lambda", "r1 with weight r1_lambda"),
    ("facebookresearch/pytorch_GAN_zoo", "logisticGradientPenalty", "r1 with weight 2*weight"),
    ("google-research/maskgit", "penalty_cost", "r1 with weight 2*penalty_cost"),
    ("patil-suraj/vit-vqgan", "R1", "r1 with weight 2*cost/(B^2*C*H*W)"),
    ("NVlabs/Sana", "R1", "r1 with weight 2*weight by the features each head reads, mean over heads"),
    ("lucidrains/gigagan-pytorch", "gradient_penalty, center 0", "r1 + r2, each with weight 2*10, every 4 steps"),
    # 0-GP
    ("LMescheder/GAN_stability", "reg_type wgangp0", "zero_centered with weight reg_param, mix = 1 - eps"),
    ("htt210/GeneralizationAndStabilityInGANs", "center 0", "zero_centered with weight LAMBDA, of D with its sigmoid"),
    ("ZhimingZhou/LGANs-for-reproduce", "bCP", "zero_centered with weight fWeightLip, mix = 1 - alpha"),
    # GP
    ("LMescheder/GAN_stability", "reg_type wgangp", "wgan_gp with weight reg_param, mix = 1 - eps"),
    ("POSTECH-CVLab/PyTorch-StudioGAN", "gp_lambda", "wgan_gp with weight gp_lambda"),
    ("kwotsin/mimicry", "gp_scale", "wgan_gp with weight gp_scale"),
    ("open-mmlab/mmagic", "gradient_penalty_loss, norm_mode HWC", "wgan_gp with weight loss_weight"),
    ("open-mmlab/mmagic", "gradient_penalty_loss, norm_mode pixel", "none: the norm is of the channels of one pixel"),
    ("XPixelGroup/BasicSR", "gradient_penalty_loss", "none: the norm is of the channels of one pixel"),
    ("torchgan/torchgan", "WassersteinGradientPenalty", "none: the norm is of the whole batch, mix is one number"),
    ("facebookresearch/pytorch_GAN_zoo", "WGANGPGradientPenalty", "wgan_gp with weight B*weight: a sum over the batch"),
    (
        "junyanz/pytorch-CycleGAN-and-pix2pix",
        "cal_gradient_penalty, type mixed",
        "wgan_gp with weight lambda_gp, target constant, 1e-16 added to every coordinate of g",
    ),
    ("junyanz/pytorch-CycleGAN-and-pix2pix", "cal_gradient_penalty, type real", "wgan_gp as for mixed, mix = 1"),
    ("junyanz/pytorch-CycleGAN-and-pix2pix", "cal_gradient_penalty, type fake", "wgan_gp as for mixed, mix = 0"),
    ("huggingface/diffusers", "train_vqgan.py gradient_penalty", "wgan_gp with weight 10, mix = 1"),
    (
        "tkarras/progressive_growing_of_gans",
        "wgan_lambda, wgan_target",
        "wgan_gp with weight wgan_lambda/wgan_target^2, target wgan_target, mix = 1 - mixing_factors",
    ),
    (
        "tensorflow/gan",
        "wasserstein_gradient_penalty",
        "wgan_gp with weight 1/target^2, target, one_sided, mix = 1 - alpha, |g| = sqrt(sum g^2 + 1e-10)",
    ),
    ("google/compare_gan", "wgangp_penalty", "wgan_gp with weight 1, mix = 1 - alpha, |g| = sqrt(sum g^2 + 1e-4)"),
    ("ZhimingZhou/LGANs-for-reproduce", "bLP", "wgan_lp with weight fWeightLip, mix = 1 - alpha"),
    # WGAN-div
    ("musikisomorphie/wgan-div", "LAMBDA", "wgan_div with weight LAMBDA = 10, power 6, mix = 1 - alpha"),
    ("MorvanZhou/mnistGANs", "p", "wgan_div with power 2*p"),
    ("eriklindernoren/PyTorch-GAN", "wgan_div", "wgan_div_endpoints with weight k = 2, power p = 6"),
    ("bojone/gan", "wgan_div", "wgan_div_endpoints with weight k = 2, power p = 6"),
    # DRAGAN
    ("kodalinaveen3/DRAGAN", "lambd", "dragan with weight lambd = 10, noise = alpha_b*0.5*std*U, std of ddof 0"),
    ("POSTECH-CVLab/PyTorch-StudioGAN", "dra_lambda", "dragan with weight dra_lambda, the same noise, std of ddof 1"),
    ("google/compare_gan", "dragan_penalty", "dragan with noise = std*(U - 0.5), clipped to [0, 1], 1e-4 under the root"),
    (
        "torchgan/torchgan",
        "DraganGradientPenalty",
        "none: the norm is of the whole batch, noise = (1 - alpha)*0.5*std*beta per element",
    ),
    # maxGP
    ("POSTECH-CVLab/PyTorch-StudioGAN", "maxgp_lambda", "max_gp with weight maxgp_lambda"),
    ("ZhimingZhou/LGANs-for-reproduce", "bMaxGP", "max_gp with weight fWeightLip, with the worst points kept"),
    # Finite differences
    ("guandeh17/Self-Forcing", "r1_weight, r1_sigma", "fd_r1 with weight 0.5*r1_weight, sigma r1_sigma"),
    ("guandeh17/Self-Forcing", "r2_weight, r2_sigma", "fd_r2 with weight 0.5*r2_weight, sigma r2_sigma"),
    ("arXiv:2501.08316", "lambda = 100, sigma", "fd_r1 with weight lambda, divide=False: weight lambda*sigma^2 divided"),
    (
        "NVlabs/FastGen",
        "gan_r1_reg_weight, gan_r1_reg_alpha",
        "fd_r1 with weight gan_r1_reg_weight, sigma gan_r1_reg_alpha, divide=False, of the heads alone",
    ),
]
