"""JAX's of the pasted losses."""

import jax
import jax.numpy as jnp

from pasted import Pasted

# jax, right


def flax_d(real_logits, fake_logits):
    real_loss = -jnp.mean(jax.nn.log_sigmoid(real_logits))
    fake_loss = -jnp.mean(jax.nn.log_sigmoid(-fake_logits))
    return real_loss + fake_loss


def flax_g(fake_logits):
    return -jnp.mean(jax.nn.log_sigmoid(fake_logits))


def jax_hinge_d(fake_out, real_out):
    return jnp.mean(jnp.maximum(0.0, 1.0 - real_out)) + jnp.mean(jnp.maximum(0.0, 1.0 + fake_out))


def jax_hinge_g(fake_out):
    return -fake_out.mean()


def where_hinge(pred, target_is_real, is_disc=False):
    if not is_disc:
        return -pred.mean()
    x = pred if target_is_real else -pred
    return jnp.where(x < 1, 1 - x, 0).mean()


def compute_weighted_loss(losses, weights=1.0):
    weighted = losses * weights
    return jnp.sum(weighted) / jnp.sum(jnp.broadcast_to(weights, losses.shape))


def wasserstein_discriminator_loss(
    discriminator_real_outputs, discriminator_gen_outputs, real_weights=1.0, generated_weights=1.0
):
    loss_on_generated = compute_weighted_loss(discriminator_gen_outputs, generated_weights)
    loss_on_real = compute_weighted_loss(discriminator_real_outputs, real_weights)
    return loss_on_generated - loss_on_real


def wasserstein_generator_loss(discriminator_gen_outputs, weights=1.0):
    return compute_weighted_loss(-discriminator_gen_outputs, weights)


def keras_wasserstein(y_pred, target_is_real):
    y_true = -jnp.ones_like(y_pred) if target_is_real else jnp.ones_like(y_pred)
    return jnp.mean(y_true * y_pred)


def log1p_d(d_x, d_g_z):
    return jnp.mean(jnp.log1p(jnp.exp(-d_x))) + jnp.mean(jnp.log1p(jnp.exp(d_g_z)))


def log1p_saturating_g(d_g_z):
    return -jnp.mean(jnp.log1p(jnp.exp(d_g_z)))


def binary_crossentropy(y_true, y_pred, epsilon=1e-7):
    y_pred = jnp.clip(y_pred, epsilon, 1.0 - epsilon)
    return -jnp.mean(y_true * jnp.log(y_pred) + (1.0 - y_true) * jnp.log(1.0 - y_pred))


def keras_discriminator_loss(real_output, fake_output):
    real_prob, fake_prob = jax.nn.sigmoid(real_output), jax.nn.sigmoid(fake_output)
    real_loss = binary_crossentropy(jnp.ones_like(real_prob), real_prob)
    fake_loss = binary_crossentropy(jnp.zeros_like(fake_prob), fake_prob)
    return real_loss + fake_loss


def keras_generator_loss(fake_output):
    return binary_crossentropy(jnp.ones_like(fake_output), jax.nn.sigmoid(fake_output))


def squares_d(d_fake, d_real):
    return jnp.square(d_fake).mean() + jnp.square(d_real - 1.0).mean()


def squares_g(d_fake):
    return ((d_fake - 1.0) ** 2).mean()


def rp_d(r, f):
    return jnp.logaddexp(0.0, f - r).mean()


def rp_g(r, f):
    return jnp.logaddexp(0.0, r - f).mean()


def bce_with_logits(logits, labels):
    return jnp.mean(jnp.maximum(logits, 0) - logits * labels + jnp.log1p(jnp.exp(-jnp.abs(logits))))


def ra_discriminator(real_pred, fake_pred):
    return bce_with_logits(real_pred - fake_pred.mean(), 1.0) + bce_with_logits(fake_pred - real_pred.mean(), 0.0)


def ra_generator(real_pred, fake_pred):
    return bce_with_logits(fake_pred - real_pred.mean(), 1.0) + bce_with_logits(real_pred - fake_pred.mean(), 0.0)


def hinge2_d(logits_real, logits_fake):
    return jnp.mean(jax.nn.relu(1 - logits_real) ** 2) + jnp.mean(jax.nn.relu(1 + logits_fake) ** 2)


def smoothed_lsgan_d(d_real, d_fake):
    real_label = jnp.full_like(d_real, 0.9)
    return jnp.mean((d_real - real_label) ** 2) + jnp.mean(d_fake**2)


def per_example_d(real_batch_logits, fake_batch_logits):
    real = jnp.stack([jax.nn.softplus(-x).mean() for x in real_batch_logits])
    fake = jnp.stack([jax.nn.softplus(x).mean() for x in fake_batch_logits])
    return real.mean() + fake.mean()


def per_example_g(fake_batch_logits):
    return jnp.mean(jnp.asarray([jax.nn.softplus(-x).mean() for x in fake_batch_logits]))


def ralsgan_jax_d(c_real, c_fake):
    delta_r = c_real - jnp.mean(c_fake)
    delta_f = c_fake - jnp.mean(c_real)
    return jnp.mean(jnp.square(delta_r - 1)) + jnp.mean(jnp.square(delta_f + 1))


# jax, wrong


def unclamped_hinge_d(logits_real, logits_fake):
    return jnp.mean(1.0 - logits_real) + jnp.mean(1.0 + logits_fake)


def ns_d(logits_real, logits_fake):
    return jnp.mean(jax.nn.softplus(-logits_real)) + jnp.mean(jax.nn.softplus(logits_fake))


def non_saturating_g(logits_fake):
    return jnp.mean(jnp.log(1.0 - jax.nn.sigmoid(logits_fake) + 1e-8))


def soft_label_lsgan(pred, target_is_real):
    label = 0.8 if target_is_real else 0.2
    return jnp.mean((pred - label) ** 2)


def short_hinge_d(d_real, d_fake):
    return jax.nn.relu(0.5 - d_real).mean() + jax.nn.relu(0.5 + d_fake).mean()


def neg_mean_g(d_fake):
    return -jnp.mean(d_fake)


def big_epsilon_d(y, y_hat):
    eps = 1e-3
    return -jnp.mean(jnp.log(jax.nn.sigmoid(y) + eps)) - jnp.mean(jnp.log(1 - jax.nn.sigmoid(y_hat) + eps))


def big_epsilon_g(y_hat):
    return -jnp.mean(jnp.log(jax.nn.sigmoid(y_hat) + 1e-3))


def own_mean_d(real_pred, fake_pred):
    real_rel = real_pred - real_pred.mean()
    fake_rel = fake_pred - fake_pred.mean()
    return jax.nn.softplus(-real_rel).mean() + jax.nn.softplus(fake_rel).mean()


def own_mean_g(real_pred, fake_pred):
    real_rel = real_pred - real_pred.mean()
    fake_rel = fake_pred - fake_pred.mean()
    return jax.nn.softplus(-fake_rel).mean() + jax.nn.softplus(real_rel).mean()


def vector_d(real_logits, fake_logits):
    real_loss = jax.nn.relu(1.0 - real_logits).mean(0)
    fake_loss = jax.nn.relu(1.0 + fake_logits).mean(0)
    return real_loss + fake_loss


def vector_g(fake_logits):
    return -fake_logits.mean(0)


def squared_hinge_d(d_real, d_fake):
    return jnp.mean(jnp.maximum(0, 1 - d_real) ** 2) + jnp.mean(jnp.maximum(0, 1 + d_fake) ** 2)


def half_precision_d(real_logits, fake_logits):
    real_logits = real_logits.astype(jnp.float16)
    fake_logits = fake_logits.astype(jnp.float16)
    loss = jnp.log(1 + jnp.exp(-real_logits)).mean() + jnp.log(1 + jnp.exp(fake_logits)).mean()
    return loss.astype(jnp.float32)


def half_precision_g(fake_logits):
    return jnp.log(1 + jnp.exp(-fake_logits.astype(jnp.float16))).mean().astype(jnp.float32)


def clipped_prob_d(d_real, d_fake):
    p_real = jnp.clip(jax.nn.sigmoid(d_real), 0.01, 0.99)
    p_fake = jnp.clip(jax.nn.sigmoid(d_fake), 0.01, 0.99)
    return -jnp.mean(jnp.log(p_real)) - jnp.mean(jnp.log(1 - p_fake))


def clipped_prob_g(d_fake):
    return -jnp.mean(jnp.log(jnp.clip(jax.nn.sigmoid(d_fake), 0.01, 0.99)))


def forgotten_g(real_logits, fake_logits):
    return jnp.mean(jax.nn.softplus(-real_logits))


def reversed_critic_d(c_real, c_fake):
    return jnp.mean(c_real) - jnp.mean(c_fake)


def reversed_critic_g(c_fake):
    return jnp.mean(c_fake)


def sigmoid_hinge_d(real_out, fake_out):
    real_out, fake_out = jax.nn.sigmoid(real_out), jax.nn.sigmoid(fake_out)
    return jnp.mean(jax.nn.relu(1 - real_out)) + jnp.mean(jax.nn.relu(1 + fake_out))


def sigmoid_hinge_g(fake_out):
    return -jnp.mean(jax.nn.sigmoid(fake_out))


def lopsided_d(dr, dg):
    return jnp.mean((dr - 1) ** 2) + 0.5 * jnp.mean(dg**2)


def halved_ra_d(real_pred, fake_pred):
    real_loss = bce_with_logits(real_pred - jnp.mean(fake_pred), 1.0)
    fake_loss = bce_with_logits(fake_pred - jnp.mean(real_pred), 0.0)
    return (real_loss + fake_loss) / 2


def js_estimate_d(d_real, d_fake):
    return ns_d(d_real, d_fake) - jnp.log(4.0)


def minus_softplus_g(d_fake):
    return -jnp.mean(jax.nn.softplus(d_fake))


def ralsgan_zero_label_d(c_real, c_fake):
    return jnp.mean((c_real - c_fake.mean() - 1) ** 2) + jnp.mean((c_fake - c_real.mean()) ** 2)


def keras_smoothed_d(real_output, fake_output, label_smoothing=0.1):
    ones = jnp.ones_like(real_output) * (1 - label_smoothing) + 0.5 * label_smoothing
    zeros = jnp.zeros_like(fake_output) + 0.5 * label_smoothing
    return bce_with_logits(real_output, ones) + bce_with_logits(fake_output, zeros)


def probability_bce_on_logits(pred, target_is_real):
    return binary_crossentropy(jnp.full_like(pred, float(target_is_real)), pred)


def stopped_mean_d(d_real, d_fake):
    rel_real = d_real - jax.lax.stop_gradient(d_fake.mean())
    rel_fake = d_fake - jax.lax.stop_gradient(d_real.mean())
    return -jax.nn.log_sigmoid(rel_real).mean() - jax.nn.log_sigmoid(-rel_fake).mean()


def mean_first_d(real_score, fake_score):
    return jax.nn.softplus(-(real_score.mean() - fake_score.mean()))


def mean_first_g(real_score, fake_score):
    return jax.nn.softplus(-(fake_score.mean() - real_score.mean()))


def summed_hinge_d(real_logits, fake_logits):
    return jnp.sum(jax.nn.relu(1 - real_logits)) + jnp.sum(jax.nn.relu(1 + fake_logits))


def summed_hinge_g(fake_logits):
    return -jnp.sum(fake_logits)


PASTED = [
    Pasted(
        "Flax log_sigmoid",
        "jax",
        "logistic",
        {},
        True,
        "",
        {"discriminator": flax_d, "generator": flax_g},
    ),
    Pasted(
        "maximum hinge, fakes first",
        "jax",
        "hinge",
        {},
        True,
        "another derivative at the kink: jnp.maximum passes half of the gradient on a tie, jax.nn.relu none",
        {"discriminator": jax_hinge_d, "generator": jax_hinge_g},
    ),
    Pasted(
        "where hinge, one-sided",
        "jax",
        "hinge",
        {},
        True,
        "",
        {"one_sided": where_hinge},
    ),
    Pasted(
        "TF-GAN wasserstein",
        "jax",
        "wasserstein",
        {},
        True,
        "weighted means with weights of 1 by default",
        {"discriminator": wasserstein_discriminator_loss, "generator": wasserstein_generator_loss},
    ),
    Pasted(
        "Keras wasserstein labels",
        "jax",
        "wasserstein",
        {},
        True,
        "labels -1 for reals, 1 for fakes",
        {"one_sided": keras_wasserstein},
    ),
    Pasted(
        "log1p exp minimax",
        "jax",
        "minimax",
        {},
        True,
        "unstable: exp overflows past 88 in float32, the loss is then infinite and the gradient nan",
        {"discriminator": log1p_d, "generator": log1p_saturating_g},
    ),
    Pasted(
        "Keras BCE on sigmoid",
        "jax",
        "logistic",
        {},
        True,
        "the probability is clipped to [1e-7, 1 - 1e-7]: the loss ends near 16 and the gradient is zero past logit 16 "
        "or 17; in float32 fakes above 8 lose digits",
        {"discriminator": keras_discriminator_loss, "generator": keras_generator_loss},
    ),
    Pasted(
        "mean of squares",
        "jax",
        "lsgan",
        {},
        True,
        "",
        {"discriminator": squares_d, "generator": squares_g},
    ),
    Pasted(
        "paired logaddexp",
        "jax",
        "relativistic_paired_logistic",
        {},
        True,
        "",
        {"discriminator": rp_d, "generator": rp_g},
    ),
    Pasted(
        "relativistic average BCE",
        "jax",
        "relativistic_average_logistic",
        {},
        True,
        "the stable BCE form max(x, 0) - x y + log1p(exp(-|x|)), right also where x is 0",
        {"discriminator": ra_discriminator, "generator": ra_generator},
    ),
    Pasted(
        "squared hinge",
        "jax",
        "hinge2",
        {},
        False,
        "a hinge squared; hinge2 is the hinge for both players",
        {"discriminator": hinge2_d},
    ),
    Pasted(
        "lsgan of real label 0.9",
        "jax",
        "lsgan",
        {"real_label": 0.9},
        True,
        "",
        {"discriminator": smoothed_lsgan_d},
    ),
    Pasted(
        "softplus per example",
        "jax",
        "logistic",
        {},
        True,
        "a list comprehension over the batch: right as all samples have as many logits",
        {"discriminator": per_example_d, "generator": per_example_g},
    ),
    Pasted(
        "RaLSGAN, D",
        "jax",
        "relativistic_average_lsgan",
        {},
        True,
        "labels 1 and -1; the two sides summed",
        {"discriminator": ralsgan_jax_d},
    ),
    # jax, wrong
    Pasted(
        "hinge without clamp",
        "jax",
        "hinge",
        {},
        False,
        "no relu: D is the Wasserstein loss plus 2; G is right",
        {"discriminator": unclamped_hinge_d, "generator": neg_mean_g},
    ),
    Pasted(
        "saturating G",
        "jax",
        "logistic",
        {},
        False,
        "G is named non-saturating but is the saturating minimax mean log(1 - sigmoid(f)); its gradient vanishes "
        "where D rejects the fakes; D is right",
        {"discriminator": ns_d, "generator": non_saturating_g},
    ),
    Pasted(
        "labels 0.8 and 0.2",
        "jax",
        "lsgan",
        {},
        False,
        "labels 0.8 and 0.2 in place of 1 and 0; G's target is 0.8",
        {"one_sided": soft_label_lsgan},
    ),
    Pasted(
        "short margin",
        "jax",
        "hinge",
        {},
        False,
        "the margin is 0.5 on both sides, not 1; G is right",
        {"discriminator": short_hinge_d, "generator": neg_mean_g},
    ),
    Pasted(
        "epsilon of 1e-3",
        "jax",
        "logistic",
        {},
        False,
        "the epsilon in the log is 1e-3: near right around logit 0, but the loss is capped at 6.9, and the gradient "
        "is halved at logit -6.9 (of fakes in D: 6.9), then vanishes",
        {"discriminator": big_epsilon_d, "generator": big_epsilon_g},
    ),
    Pasted(
        "own side's mean",
        "jax",
        "relativistic_average_logistic",
        {},
        False,
        "each side is taken against its own mean, not the other's: reals and fakes are never compared, in D or in G",
        {"discriminator": own_mean_d, "generator": own_mean_g},
    ),
    Pasted(
        "mean(0) vector",
        "jax",
        "hinge",
        {},
        False,
        "mean(0) is over the batch only: for (n, 1) or maps of patches an array comes back, not a scalar, and "
        "jax.grad refuses it; right for (n,)",
        {"discriminator": vector_d, "generator": vector_g},
    ),
    Pasted(
        "squared hinge as hinge",
        "jax",
        "hinge",
        {},
        False,
        "D's hinge is squared; G is right",
        {"discriminator": squared_hinge_d, "generator": neg_mean_g},
    ),
    Pasted(
        "float16 inside",
        "jax",
        "logistic",
        {},
        False,
        "computed in float16: about three digits only, and exp overflows past logit 11.1 so the loss is infinite and "
        "the gradient nan",
        {"discriminator": half_precision_d, "generator": half_precision_g},
    ),
    Pasted(
        "log of clipped sigmoid",
        "jax",
        "logistic",
        {},
        False,
        "the probability is clipped to [0.01, 0.99]: beyond logits of 4.6 either way the loss is constant and the "
        "gradient zero",
        {"discriminator": clipped_prob_d, "generator": clipped_prob_g},
    ),
    Pasted(
        "G on the reals",
        "jax",
        "logistic",
        {},
        False,
        "G returns D's real term: the fakes are not used, no gradient reaches G; D is right",
        {"discriminator": ns_d, "generator": forgotten_g},
    ),
    Pasted(
        "critic reversed",
        "jax",
        "wasserstein",
        {},
        False,
        "the sign is wrong in D and in G: the critic scores fakes above reals, G lowers its score (the same game for -critic)",
        {"discriminator": reversed_critic_d, "generator": reversed_critic_g},
    ),
    Pasted(
        "sigmoid before hinge",
        "jax",
        "hinge",
        {},
        False,
        "logits go through a sigmoid first: the hinge never clips, D is 2 - mean sigmoid(r) + mean sigmoid(f), and "
        "gradients vanish on both ends; G is -mean sigmoid(f)",
        {"discriminator": sigmoid_hinge_d, "generator": sigmoid_hinge_g},
    ),
    Pasted(
        "half of one side",
        "jax",
        "lsgan",
        {},
        False,
        "a factor 1/2 on D's fake side only",
        {"discriminator": lopsided_d, "generator": squares_g},
    ),
    Pasted(
        "halved relativistic average",
        "jax",
        "relativistic_average_logistic",
        {},
        False,
        "D is the half of the sum of the two sides; G is right",
        {"discriminator": halved_ra_d, "generator": ra_generator},
    ),
    Pasted(
        "minus log 4",
        "jax",
        "minimax",
        {},
        False,
        "D's value is less by the constant log 4; its gradients are right; G is right",
        {"discriminator": js_estimate_d, "generator": minus_softplus_g},
    ),
    Pasted(
        "RaLSGAN of labels 1 and 0",
        "jax",
        "relativistic_average_lsgan",
        {},
        False,
        "the fakes' relative label is 0, not -1: lsgan's labels kept for differences",
        {"discriminator": ralsgan_zero_label_d},
    ),
    Pasted(
        "Keras label_smoothing",
        "jax",
        "logistic",
        {"real_label": 0.9},
        False,
        "label_smoothing=0.1 smooths both sides towards a half: targets 0.95 and 0.05, not 0.9 and 0",
        {"discriminator": keras_smoothed_d},
    ),
    Pasted(
        "probability BCE on logits",
        "jax",
        "logistic",
        {},
        False,
        "the cross-entropy of probabilities is fed logits: no sigmoid; logits outside (0, 1) are clipped and get no gradient",
        {"one_sided": probability_bce_on_logits},
    ),
    Pasted(
        "stopped means",
        "jax",
        "relativistic_average_logistic",
        {},
        False,
        "stop_gradient on the other side's mean: D's value is right, the gradient by either side lacks the part "
        "through the mean",
        {"discriminator": stopped_mean_d},
    ),
    Pasted(
        "means before softplus",
        "jax",
        "relativistic_paired_logistic",
        {},
        False,
        "the means are taken before the softplus: one difference of means in place of the mean over pairs",
        {"discriminator": mean_first_d, "generator": mean_first_g},
    ),
    Pasted(
        "summed hinge",
        "jax",
        "hinge",
        {},
        False,
        "sum in place of mean: times the number of logits, in D and in G",
        {"discriminator": summed_hinge_d, "generator": summed_hinge_g},
    ),
]
