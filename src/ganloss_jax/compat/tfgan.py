"""TF-GAN's losses on JAX arrays (tensorflow/gan, tensorflow_gan/python/losses/losses_impl.py): `tfgan.losses.wargs`.

The arguments `scope`, `loss_collection` and `add_summaries`, which concern a TensorFlow graph, are accepted and ignored.
`reduction` is a `Reduction` or its value; weights are a number or an array of the terms' rank, each axis 1 or the terms', and
scale the terms before it. `axis_name`, by keyword, is that of `ganloss_jax.GANLoss`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ganloss_jax._backend import backend
from ganloss_jax._losses import discriminator_loss as _discriminator_loss
from ganloss_jax._losses import generator_loss as _generator_loss
from ganloss_jax.compat._tfgan_penalty import wasserstein_gradient_penalty
from ganloss_jax.compat._tfgan_reduction import Reduction, reduced

__all__ = [
    "Reduction", "acgan_discriminator_loss", "acgan_generator_loss", "least_squares_discriminator_loss",
    "least_squares_generator_loss", "minimax_discriminator_loss", "minimax_generator_loss", "modified_discriminator_loss",
    "modified_generator_loss", "relativistic_discriminator_loss", "relativistic_generator_loss",
    "wasserstein_discriminator_loss", "wasserstein_generator_loss", "wasserstein_gradient_penalty",
    "wasserstein_hinge_discriminator_loss", "wasserstein_hinge_generator_loss",
]  # fmt: skip


_BY_NONZERO = Reduction.SUM_BY_NONZERO_WEIGHTS


def _of_d(
    name: str, real: Any, fake: Any, real_weights: Any, generated_weights: Any, reduction: str, axis_name: Any, **given: Any
) -> Array:
    terms: Any = _discriminator_loss(f"tfgan/{name}", real, fake, reduction="none", **given)
    return reduced(terms.real, real_weights, reduction, axis_name) + reduced(
        terms.fake, generated_weights, reduction, axis_name
    )


def _of_g(name: str, fake: Any, weights: Any, reduction: str, axis_name: Any, **given: Any) -> Array:
    terms: Any = _generator_loss(f"tfgan/{name}", fake, reduction="none", **given)
    return reduced(terms.fake, weights, reduction, axis_name)


def _same_shape(real: Any, fake: Any) -> None:
    if jnp.shape(real) != jnp.shape(fake):
        raise ValueError(f"real and generated outputs must have one shape, got {jnp.shape(real)} and {jnp.shape(fake)}")


def wasserstein_generator_loss(
    discriminator_gen_outputs: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G: -E f."""
    return _of_g("wasserstein", discriminator_gen_outputs, weights, reduction, axis_name)


def wasserstein_discriminator_loss(
    discriminator_real_outputs: Any,
    discriminator_gen_outputs: Any,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D: E f - E r, of equal shapes."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    _same_shape(real, fake)
    return _of_d("wasserstein", real, fake, real_weights, generated_weights, reduction, axis_name)


def wasserstein_hinge_generator_loss(
    discriminator_gen_outputs: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G: -E f."""
    return wasserstein_generator_loss(discriminator_gen_outputs, weights, reduction=reduction, axis_name=axis_name)


def wasserstein_hinge_discriminator_loss(
    discriminator_real_outputs: Any,
    discriminator_gen_outputs: Any,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    real_hinge: float = 1.0,
    generated_hinge: float = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D: E relu(real_hinge - r) + E relu(generated_hinge + f), of equal shapes."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    _same_shape(real, fake)
    margins = {"real_hinge": real_hinge, "generated_hinge": generated_hinge}
    return _of_d("wasserstein_hinge", real, fake, real_weights, generated_weights, reduction, axis_name, **margins)


def minimax_discriminator_loss(
    discriminator_real_outputs: Any,
    discriminator_gen_outputs: Any,
    label_smoothing: float = 0.25,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D: the cross-entropy of reals with the label 1 - label_smoothing / 2, 0.875 by default, and E softplus(f)."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    return _of_d("minimax", real, fake, real_weights, generated_weights, reduction, axis_name, label_smoothing=label_smoothing)


def minimax_generator_loss(
    discriminator_gen_outputs: Any,
    label_smoothing: float = 0.0,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G: -E softplus(f), and a constant: minus the cross-entropy of a logit of 1 with the label 1 - label_smoothing / 2."""
    fake = discriminator_gen_outputs
    return _of_g("minimax", fake, weights, reduction, axis_name, generator_label_smoothing=label_smoothing)


def modified_discriminator_loss(
    discriminator_real_outputs: Any,
    discriminator_gen_outputs: Any,
    label_smoothing: float = 0.25,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D: `minimax_discriminator_loss`."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    return minimax_discriminator_loss(
        real, fake, label_smoothing, real_weights, generated_weights, reduction=reduction, axis_name=axis_name
    )


def modified_generator_loss(
    discriminator_gen_outputs: Any,
    label_smoothing: float = 0.0,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G, non-saturating: the cross-entropy of fakes with the label 1 - label_smoothing / 2."""
    fake = discriminator_gen_outputs
    return _of_g("modified", fake, weights, reduction, axis_name, generator_label_smoothing=label_smoothing)


def least_squares_generator_loss(
    discriminator_gen_outputs: Any,
    real_label: float = 1,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G: half of E (f - real_label)^2."""
    return _of_g("least_squares", discriminator_gen_outputs, weights, reduction, axis_name, generator_real_label=real_label)


def least_squares_discriminator_loss(
    discriminator_real_outputs: Any,
    discriminator_gen_outputs: Any,
    real_label: float = 1,
    fake_label: float = 0,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D: half of E (r - real_label)^2 + E (f - fake_label)^2, of equal shapes."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    _same_shape(real, fake)
    labels = {"real_label": real_label, "fake_label": fake_label}
    return _of_d("least_squares", real, fake, real_weights, generated_weights, reduction, axis_name, **labels)


def relativistic_discriminator_loss(
    discriminator_real_outputs: Any, discriminator_gen_outputs: Any, scope: Any = None, *, axis_name: Any = None
) -> Array:
    """D: E softplus(-(r - E f)) + E softplus(f - E r)."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    return _discriminator_loss("tfgan/relativistic", real, fake, axis_name=axis_name)


def relativistic_generator_loss(
    discriminator_real_outputs: Any, discriminator_gen_outputs: Any, scope: Any = None, *, axis_name: Any = None
) -> Array:
    """G: D's loss with the sides swapped."""
    real, fake = discriminator_real_outputs, discriminator_gen_outputs
    return _generator_loss("tfgan/relativistic", fake, real=real, axis_name=axis_name)


def acgan_discriminator_loss(
    discriminator_real_classification_logits: Any,
    discriminator_gen_classification_logits: Any,
    one_hot_labels: Any,
    label_smoothing: float = 0.0,
    real_weights: Any = 1.0,
    generated_weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """D's part of ACGAN: the cross-entropies of both sides' classes, with smoothed labels for reals."""
    of_real = _class_entropy(discriminator_real_classification_logits, one_hot_labels, label_smoothing)
    of_fake = _class_entropy(discriminator_gen_classification_logits, one_hot_labels, 0.0)
    return reduced(of_fake, generated_weights, reduction, axis_name) + reduced(of_real, real_weights, reduction, axis_name)


def acgan_generator_loss(
    discriminator_gen_classification_logits: Any,
    one_hot_labels: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = _BY_NONZERO,
    add_summaries: bool = False,
    *,
    axis_name: Any = None,
) -> Array:
    """G's part of ACGAN: the cross-entropy of the fakes' classes."""
    return reduced(_class_entropy(discriminator_gen_classification_logits, one_hot_labels, 0.0), weights, reduction, axis_name)


def _class_entropy(logits: Any, one_hot: Any, smoothing: float) -> Array:
    x = backend.logits(jnp.asarray(logits), "classification")
    if jnp.shape(one_hot) != x.shape:
        raise ValueError(f"one_hot_labels must have the shape of the logits, {x.shape}, got {jnp.shape(one_hot)}")
    labels = jnp.asarray(one_hot, x.dtype) * (1.0 - smoothing) + smoothing / x.shape[-1]
    return -jnp.sum(labels * jax.nn.log_softmax(x), axis=-1)
