"""`compare`, `assert_same` and `identify`: each verdict on a hand-written loss names what is so."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import ganloss_core.testing as of_numpy
import ganloss_jax.testing as of_jax
import ganloss_torch as gan
import ganloss_torch.testing as of_torch
from adapters import ONE_OF_EACH
from ganloss_core import names
from ganloss_core.testing.expected import Defined
from pasted_jax import PASTED as PASTED_JAX
from pasted_torch import PASTED as PASTED_TORCH

TESTING = {"torch": of_torch, "jax": of_jax, "numpy": of_numpy}
SAID = {
    "taming hinge_d_loss": "D is 0.5 times hinge.",
    "ESRGAN detached means": "D has the value of relativistic_average_logistic, and another gradient",
    "vanilla module, targets swapped": "D is logistic with real and fake exchanged.",
    "sigmoid before BCEWithLogits": "D is logistic of sigmoid(logits).",
    "D on detached fakes": "D has no gradient by fake logits, logistic has",
    "WGAN on clamped outputs": "D is wasserstein on ordinary logits in float64, but has no gradient above real = 12",
    "softplus of beta 2": "D is 0.5 times logistic of 2 times the logits.",
    "hinge, patches summed": "D is hinge with a mean over samples, but a sum over the logits of each, where hinge",
    "paired by broadcasting": "D is not relativistic_paired_logistic: it is relativistic_all_pairs_logistic",
    "summed MSELoss": "D is lsgan with a sum over all logits, where lsgan takes the mean of all.",
    "hinge for G as well": "G is not hinge: it is hinge2 (also",
    "hidden smoothing": "D is not logistic: it is logistic(real_label=0.9) (also",
    "HiFi-GAN loop over a tensor": "D is lsgan with a sum over samples, and a mean over the logits of each",
    "noisy labels": "D is random",
    "half squares": "G is 0.5 times lsgan.",
    "relativistic mean per column": "D is relativistic_average_logistic on logits of shape (8, 1), but on (4, 3), (2, 1, 3, 3)",
    "margin on one side": "D is another loss than hinge(margin=0.5)",
    "hinge without clamp": "D is not hinge: it is wasserstein and 2 besides",
    "saturating G": "G is not logistic: it is minimax (also",
    "labels 0.8 and 0.2": "D is not lsgan: it is lsgan(real_label=0.8, fake_label=0.2) (also",
    "short margin": "D is not hinge: it is hinge(margin=0.5)",
    "epsilon of 1e-3": "D is near logistic, but not the same",
    "own side's mean": "D is another loss than relativistic_average_logistic",
    "mean(0) vector": "D returns an array of shape (1,), where a loss is one number: a mean is missing, in float64",
    "squared hinge as hinge": "D is another loss than hinge",
    "squared hinge": "D is another loss than hinge2",
    "float16 inside": "D is near logistic, but not the same",
    "log of clipped sigmoid": "D is logistic, but has no gradient at fake = 4.95: clamped.",
    "G on the reals": "G has no gradient by fake logits, logistic has",
    "critic reversed": "D is -1 times wasserstein: what should fall would rise.",
    "sigmoid before hinge": "D is hinge of sigmoid(logits).",
    "half of one side": "D's gradient by real logits is the same as that of lsgan, by fake logits 0.5 times.",
    "halved relativistic average": "D is 0.5 times relativistic_average_logistic.",
    "minus log 4": "D has the gradient of minimax, and the value differs by -1.386.",
    "RaLSGAN of labels 1 and 0": "D is 0.25 times relativistic_average_lsgan of 2 times the logits.",
    "Keras label_smoothing": "D is not logistic(real_label=0.9): it is logistic(real_label=0.95, fake_label=0.05) (also",
    "probability BCE on logits": "D is another loss than logistic",
    "stopped means": "D has the value of relativistic_average_logistic, and another gradient",
    "means before softplus": "D is another loss than relativistic_paired_logistic",
    "summed hinge": "D is hinge with a sum over all logits",
}
REMARKED = {
    "BigGAN hinge, fakes first": "D: at real = 1 the derivative by real is -1, where hinge has 0.",
    "SAGAN minimum hinge": "D: at real = 1 the derivative by real is -0.5, where hinge has 0.",
    "DCGAN BCEWithLogits": "D in float32 loses 8 bits of the gradient above real = 10.",
    "vanilla minimax with epsilon": "an epsilon, or float32 inside.",
}
# JAX compiles for each; the rest takes the same words.
IN_JAX = ("Flax log_sigmoid", "stopped means", "mean(0) vector", "short margin")
CASES = [*PASTED_TORCH, *(pytest.param(p, marks=() if p.name in IN_JAX else pytest.mark.long) for p in PASTED_JAX)]


def d_hinge(real, fake):
    return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()


def g_hinge(fake):
    return -fake.mean()


@pytest.mark.parametrize("pasted", CASES, ids=lambda p: p.name)
def test_pasted(pasted):
    comparison = TESTING[pasted.framework].compare(pasted.claims, **pasted.given, **pasted.hyperparameters)
    report = str(comparison)
    assert comparison.ok == pasted.right, report
    assert SAID.get(pasted.name, "D is ") in report
    assert REMARKED.get(pasted.name, "") in report
    assert ("Worst for" in report) == (not comparison.ok and pasted.name != "mean(0) vector" and comparison.worst is not None)


def test_every_wrong_one_is_named():
    assert {p.name for p in (*PASTED_TORCH, *PASTED_JAX) if not p.right} == set(SAID)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in ONE_OF_EACH else [pytest.mark.long]) for n in names()])
def test_every_loss_is_itself(name):
    """Ours, as a user's own; what the contract demands is tested elsewhere for all."""
    loss = gan.GANLoss(name)
    labels = {} if not Defined(name, {}).axes else {"real_labels": None, "fake_labels": None}

    def discriminator(real, fake, real_labels=None, fake_labels=None):
        given = {"real_labels": real_labels, "fake_labels": fake_labels} if labels else {}
        return loss.discriminator(real, fake, **given)

    def generator(fake, real, real_labels=None, fake_labels=None):
        given = {"real_labels": real_labels, "fake_labels": fake_labels} if labels else {}
        return loss.generator(fake, real=real, **given)

    comparison = of_torch.compare(name, discriminator=discriminator, generator=generator, strict=name in ("tprls", "acgan"))
    assert comparison.ok, str(comparison)
    assert comparison.verdicts == (f"D is {name}.", f"G is {name}.")
    assert comparison.remarks == ()


def test_strict():
    unstable = {"discriminator": lambda real, fake: -F.logsigmoid(real).mean() - torch.log(1 - torch.sigmoid(fake)).mean()}
    assert of_torch.compare("logistic", **unstable).ok
    comparison = of_torch.compare("logistic", strict=True, **unstable)
    assert not comparison.ok
    assert "D is logistic, but not to the contract:" in str(comparison)
    assert comparison.worst.allowed < 16
    at_kink = {"discriminator": lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()}
    assert of_torch.compare("hinge", **at_kink).ok
    assert not of_torch.compare("hinge", strict=True, dtypes=["float64"], **at_kink).ok


def test_assert_same_raises_the_report():
    of_torch.assert_same("hinge", discriminator=d_hinge, generator=g_hinge)
    with pytest.raises(AssertionError, match=r"D is 0\.5 times hinge\.\nWorst for D, in float64, at real="):
        of_torch.assert_same("hinge", discriminator=lambda real, fake: 0.5 * d_hinge(real, fake))


def test_two_functions_in_two_frameworks():
    in_jax = {"discriminator": lambda real, fake: jnp.maximum(0.0, 1 - real).mean() + jnp.maximum(0.0, 1 + fake).mean()}
    theirs = of_jax.own(**in_jax, name="the JAX port")
    assert str(of_torch.compare(theirs, discriminator=d_hinge)).startswith("D is the JAX port.")
    comparison = of_torch.compare(theirs, discriminator=lambda real, fake: 2 * d_hinge(real, fake))
    assert comparison.verdicts == ("D is 2 times the JAX port.",)
    with pytest.raises(TypeError, match="the JAX port has no generator"):
        of_torch.compare(theirs, generator=g_hinge)
    with pytest.raises(TypeError, match="hyperparameters are those of a loss of ganloss, got margin"):
        of_torch.compare(theirs, discriminator=d_hinge, margin=2.0)


def test_numpy_has_values_and_differences():
    d = lambda real, fake: np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    assert of_numpy.compare("hinge", discriminator=d).ok
    assert of_numpy.compare("hinge", discriminator=lambda r, f: d(r, f) / 2).verdicts == ("D is 0.5 times hinge.",)
    assert of_numpy.identify(discriminator=d)[0].name == "hinge"


def test_identify():
    d = lambda real, fake: 0.5 * ((real - 0.9) ** 2).mean() + 0.5 * (fake**2).mean()
    found = [str(match) for match in of_torch.identify(discriminator=d)]
    assert "tfgan/least_squares(real_label=0.9); D is the same" in found
    assert "lsgan(real_label=0.9); D is 0.5 times it" in found
    # Within the logits that are tried a large enough delta is as good as any: nobody chose it.
    assert not any("huber" in match for match in found)
    match = of_torch.identify(discriminator=d_hinge, generator=g_hinge)[0]
    assert (match.name, match.kind, match.hyperparameters) == ("hinge", 0, {})
    margin = of_torch.identify(discriminator=lambda real, fake: F.relu(0.37 - real).mean() + F.relu(0.37 + fake).mean())
    assert str(margin[0]) == "hinge(margin=0.37); D is the same"
    nearest = of_torch.identify(discriminator=lambda real, fake: (real**4).mean() + fake.mean(), most=3)
    assert len(nearest) == 3
    assert all(match.kind == 2 for match in nearest)


def test_which_argument_is_which():
    for d in (
        lambda d_fake, d_real: d_hinge(d_real, d_fake),
        lambda disc_agent_logit, disc_demo_logit: d_hinge(disc_demo_logit, disc_agent_logit),
        lambda a, b: d_hinge(a, b),
        lambda logits_real, logits_fake, weight=3: d_hinge(logits_real, logits_fake),
        lambda *, fake, real: d_hinge(real, fake),
        lambda *logits: d_hinge(*logits),
    ):
        of_torch.assert_same("hinge", discriminator=d)
    rpgan = lambda r, f: F.softplus(f - r).mean()
    of_torch.assert_same("rpgan", discriminator=lambda a, b: rpgan(a, b), generator=lambda a, b: rpgan(b, a))
    of_torch.assert_same("rpgan", generator=lambda fake, real: rpgan(fake, real))
    for wrong, message in (
        ({"generator": lambda a, b: a}, r"generator: which of \(a, b\) are the real logits, and which the fake\?"),
        ({"discriminator": lambda a: a}, r"discriminator: which of \(a\)"),
        ({"discriminator": F.mse_loss.__class__}, "must be callable with logits, got the class function"),
        ({"discriminator": lambda pred, target_is_real: pred}, "has an argument 'target_is_real': give it as one_sided="),
        ({"discriminator": 3}, "discriminator must be a function or another callable, got int"),
        ({}, "nothing to compare: give discriminator=, generator= or one_sided="),
        ({"one_sided": d_hinge, "generator": g_hinge}, "give one of one_sided="),
    ):
        with pytest.raises(TypeError, match=message):
            of_torch.compare("hinge", **wrong)


def test_what_fails_is_said():
    def raising(real, fake):
        raise RuntimeError("no such luck")

    assert str(of_torch.compare("hinge", discriminator=raising)).startswith(
        "D raises RuntimeError in float64 on logits of shape (8,"
    )
    flat = of_torch.compare("hinge", discriminator=lambda real, fake: d_hinge(real.flatten(1), fake.flatten(1)))
    assert flat.ok
    assert any("D raises IndexError in float64 on logits of shape (8,)" in remark for remark in flat.remarks)
    in_float32 = of_torch.compare(
        "logistic",
        discriminator=lambda real, fake: (
            F.binary_cross_entropy(torch.sigmoid(real), torch.ones(real.shape))
            + F.binary_cross_entropy(torch.sigmoid(fake), torch.zeros(fake.shape))
        ),
    )
    assert in_float32.ok
    assert any("in float64 on logits of shape" in remark for remark in in_float32.remarks)
    assert (
        of_torch.compare("hinge", discriminator=lambda real, fake: real.sum().item())
        .verdicts[0]
        .startswith("D returns a float")
    )
    assert "nan" in str(of_torch.compare("hinge", discriminator=lambda real, fake: d_hinge(real, fake) * float("nan")))
    uneven = of_torch.compare("hinge", discriminator=lambda real, fake: (F.relu(1 - real) + F.relu(1 + fake)).mean())
    assert any("where there are more reals than fakes" in remark for remark in uneven.remarks)
