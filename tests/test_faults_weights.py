"""Weights as users have them: of another type than the logits, of any scale and sign, too few of them."""

import numpy as np
import pytest

import ganloss_jax
import ganloss_torch as gan
from adapters import ADAPTERS
from ganloss_core.backends import array_api, reference

REAL, FAKE = np.array([0.2, -0.5, 1.5]), np.array([0.5, -0.2, 0.25])
RATIOS = np.array([1.0, 2.0, 0.0])
MEANS = ["hinge", "rasgan", "rpgan", "rplsgan_mvue", "kl_wgan", "fgan_kl"]


def of_reals(adapter, name, weight, **chosen):
    """D's loss with weights in float64 on reals, and its gradient by them, where there is one."""
    real, fake = adapter.array(REAL, "float32"), adapter.array(FAKE, "float32")
    loss = adapter.loss(name, **chosen)
    if adapter.name != "torch":
        return float(loss.discriminator(real, fake, real_weight=np.asarray(weight))), None
    weight = adapter.array(weight).requires_grad_()
    value = loss.discriminator(real, fake, real_weight=weight)
    value.backward()
    return value.item(), weight.grad.numpy()


@pytest.mark.parametrize("name", MEANS)
@pytest.mark.parametrize("scale", [1e-300, 1e-50, 1e50, 1e300])
def test_float64_weights_of_any_scale(adapter, name, scale):
    value, gradient = of_reals(adapter, name, RATIOS)
    scaled, by_scaled = of_reals(adapter, name, scale * RATIOS)
    # Other weights of the same ratios: each rounds by half an ulp, and so does each of a few products and sums.
    np.testing.assert_allclose(scaled, value, rtol=8 * 2.0**-24)
    if gradient is not None:
        np.testing.assert_allclose(scale * by_scaled, gradient, rtol=64 * 2.0**-24, atol=8 * 2.0**-24)


def test_float64_weights_in_an_array_library_that_computes_in_float32():
    library = array_api.Library(np)
    real, fake = REAL.astype("float32"), FAKE.astype("float32")
    expected, gradient = library.value_and_grad("rasgan", real, fake, real_weight=RATIOS)
    for scale in (1e-50, 1e50):
        value, scaled = library.value_and_grad("rasgan", real, fake, real_weight=scale * RATIOS)
        np.testing.assert_allclose((value, *scaled.real), (expected, *gradient.real), rtol=8 * 2.0**-24)


def test_ordinary_float64_weights_are_the_numbers_that_they_are(adapter):
    counts = np.array([3.0, 1.0, 5.0])
    for name in ("softmax_gan", "ralsgan_unbiased", "hinge"):
        whole = adapter.loss(name).discriminator(
            *(adapter.array(x, "float32") for x in (REAL, FAKE)), real_weight=adapter._weight(counts.astype(int))
        )
        assert of_reals(adapter, name, counts)[0] == float(whole)
    each = adapter.loss("hinge", reduction="none").discriminator(
        adapter.array(REAL, "float32"), adapter.array(FAKE, "float32"), real_weight=adapter.array(2.0**70 * RATIOS)
    )
    np.testing.assert_allclose(np.asarray(each.real), 2.0**70 * RATIOS * np.maximum(1.0 - REAL, 0.0), rtol=4 * 2.0**-24)


def test_weights_of_both_signs(adapter):
    real, fake = adapter.array(REAL[:2]), adapter.array(FAKE[:2])
    loss = adapter.loss("wgan")
    signed = loss.discriminator_terms(real, fake, real_weight=adapter.array([2.0, -1.0]))
    np.testing.assert_allclose(float(signed.real), -(2.0 * 0.2 + 0.5), rtol=4e-16)
    for name in ("hinge", "rasgan", "rpgan"):
        assert not np.isfinite(float(adapter.loss(name).discriminator(real, fake, real_weight=adapter.array([1.0, -1.0]))))
        assert np.isnan(float(adapter.loss(name).discriminator(real, fake, real_weight=adapter.array([1.0, np.nan]))))


@pytest.mark.parametrize(
    ("name", "chosen", "shape"), [("mmd_gaussian", {"unbiased": True}, (3, 4)), ("ralsgan_unbiased", {}, (3,))]
)
def test_a_mask_that_leaves_too_few_samples(adapter, name, chosen, shape):
    x = adapter.array(np.linspace(-1.0, 2.0, np.prod(shape)).reshape(shape))
    loss = adapter.loss(name, **chosen)
    for side in ("real", "fake"):
        for weight in ([True, False, False], [0.5, 0.25, 0.25]):
            with pytest.raises(ValueError, match=f"at least 2 {side} samples, and {side}_weight.* has the sum 1"):
                loss.discriminator(x, x, **{f"{side}_weight": adapter._weight(weight)})
        # Twice the same sample is two, as ever, and what is masked whole has no mean.
        assert np.isfinite(float(loss.discriminator(x, x, **{f"{side}_weight": adapter._weight([2, 0, 0])})))
        assert np.isnan(float(loss.discriminator(x, x, **{f"{side}_weight": adapter._weight([0, 0, 0])})))


def test_the_weights_of_a_loss_of_means_are_one_for_each_sample():
    x = ADAPTERS["torch"].array(np.ones((2, 1)))
    with pytest.raises(ValueError, match=r"must be an array of one number per sample, shape \(2,\), got shape \(2, 1\)"):
        gan.GANLoss("open_magvit2/non_saturate").discriminator(x, x, real_weight=x)


def test_numpys_widest_type():
    wide = REAL.astype("longdouble")
    for module in (reference, ganloss_jax):
        with pytest.raises(TypeError, match=r"real logits must be float64 or narrower(, of numpy)?, got"):
            module.GANLoss("hinge").discriminator(wide, REAL)
    loss = reference.GANLoss("rasgan")
    tiny = RATIOS * np.longdouble("1e-4000")
    # A ratio rounds once, and so do a product and a sum with it, on either side.
    values = [loss.discriminator(REAL, FAKE, real_weight=w) for w in (tiny, RATIOS)]
    np.testing.assert_allclose(*values, rtol=3 * 2.0**-52)
