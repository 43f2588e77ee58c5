"""Every loss and penalty lowered for accelerators, which needs none: `jax.export` does not compile."""

import jax
import jax.numpy as jnp
import pytest
from jax import export

import ganloss_jax as gan
from adapters import ONE_OF_EACH, RULES
from ganloss_core import names
from ganloss_core.check.penalties import CHECKED

PLATFORMS = ("tpu", "cuda")
SAMPLES, LENGTH, CLASSES = 6, 4, 3


def exported(function, *at):
    """Its results, lowered for all platforms at once, and without what is not in every one of them."""
    with jax.enable_x64(False):
        lowered = export.export(jax.jit(function), platforms=PLATFORMS)(*at)
    assert lowered.platforms == PLATFORMS
    assert all(out.dtype == jnp.float32 for out in lowered.out_avals)
    assert "custom_call" not in lowered.mlir_module()
    return lowered.out_avals


def sides_of(name):
    return [jnp.zeros((SAMPLES, *tail), "float32") for tail in RULES[name].sample.tails(LENGTH)]


@pytest.mark.parametrize(("chosen", "weighted"), [(names(), False), (sorted(ONE_OF_EACH), True)], ids=["all", "masked"])
def test_losses_of_both_players(chosen, weighted):
    def of_all(sides, labels, mask):
        weights = {"real_weight": mask, "fake_weight": mask} if weighted else {}

        def of_d(real, fake, name, given):
            return gan.discriminator_loss(name, real, fake, **given)

        def of_g(real, fake, name, given):
            return gan.generator_loss(name, fake, real=real, **given)

        of_labels = {"real_labels": labels, "fake_labels": labels}
        return [
            jax.value_and_grad(player, (0, 1))(*at, name, weights | (of_labels if RULES[name].sample.axes else {}))
            for name, at in sides.items()
            for player in (of_d, of_g)
        ]

    sides = {name: sides_of(name) for name in chosen}
    results = exported(of_all, sides, jnp.zeros(SAMPLES, "int32"), jnp.ones(SAMPLES, bool))
    assert len(results) == 6 * len(chosen)


def test_penalties():
    def critic(parameters, x):
        return jnp.tanh(x @ parameters).sum(-1)

    def of_all(parameters, real, fake, key):
        def penalty(parameters, name):
            function, arguments, drawn = CHECKED[name]
            seen = gan.observe(lambda x: critic(parameters, x), real=real, fake=fake)
            return getattr(gan, function)(seen, 10.0, **arguments, **({"rng": key} if drawn else {}))

        return [jax.value_and_grad(penalty)(parameters, name) for name in CHECKED]

    x = jnp.zeros((SAMPLES, LENGTH), "float32")
    parameters = jnp.ones((LENGTH, CLASSES), "float32")
    assert len(exported(of_all, parameters, x, x, jax.random.key(0))) == 2 * len(CHECKED)
