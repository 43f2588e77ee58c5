"""`group=` and `axis_name=` of penalties and terms: what one process computes of the whole batch, on any number of devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch as gan
from ganloss_jax._observe import calculus
from group_terms import ARRAYS, CASES, CUTS, PARAMETERS, PROCESSES, TORCH, Library, cases, of_part, run, values_of
from processes import start

# The same sums in another order, of squares, of which finite differences cancel and divide by 1e-4.
NEAR = 512 * np.finfo(np.float64).eps
JAX = Library(ganloss_jax, calculus, jnp.asarray, jnp.tanh, lambda function, x: jax.grad(function)(x))

IN_JAX = [
    *("r1 weight", "max_gp with ties", "dragan drawn", "LeCam", "PathLength weight", "BEGAN", "Balancer of whole arrays"),
    *("adaptive_weight", "adaptive_weight sharded", "feature_matching of means"),
    *("MINE weight", "AugmentationController", "Multiplier", "GradientNormalizer", "pulling_away", "feature_matching relative"),
]


def assert_near(name, got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    scale = 1e4 if name.startswith("approximate") else 1.0
    assert np.abs(got - expected).max() <= scale * NEAR * max(np.abs(expected).max(), 1.0), name


@pytest.fixture(scope="module")
def alone():
    x = {key: TORCH.array(array) for key, array in ARRAYS.items()}
    return {name: of_part(name, x, {}) for name in CASES}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    start(run, str(folder), n=PROCESSES)
    return [torch.load(folder / f"{rank}.pt") for rank in range(PROCESSES)]


@pytest.mark.parametrize("cut", CUTS)
def test_each_process_has_the_value_and_the_state_of_one(found, alone, cut):
    for name in cases(cut):
        expected, gradient = alone[name]
        for of_process in found:
            values, averaged = of_process[cut, name]
            assert values.keys() == expected.keys(), name
            for key, value in values.items():
                assert_near(f"{name} {key}", value, expected[key])
            assert_near(name, averaged, gradient)
        assert gradient.any() or "nothing" in name or name.startswith("AugmentationController"), name


def test_what_is_no_group():
    for wrong in (
        lambda **group: gan.observe(torch.tanh, real=torch.ones(2), **group),
        lambda **group: gan.LeCam(0.3, **group),
    ):
        with pytest.raises(ValueError, match="or 'world', got 'all'"):
            wrong(group="all")
    with pytest.raises(TypeError, match=r"drift\(\) got an unexpected keyword argument 'axis_name'"):
        gan.drift(torch.ones(2), 1.0, axis_name="world")
    with pytest.raises(TypeError, match="unexpected keyword argument 'group'"):
        ganloss_jax.LeCam(0.3, group="world")
    with pytest.raises(TypeError, match=r"sharded=True is for several devices: give group=\.\.\. as well"):
        gan.adaptive_weight(torch.ones(2), torch.ones(2), sharded=True)
    terms = [gan.Balancer({"a": 1.0}, group=group) for group in ("world", "world", None)]
    assert terms[0] == terms[1] != terms[2]
    assert hash(terms[0]) == hash(terms[1])


def test_jax():
    """One program for one of each kind, which `vmap` maps over two devices; PyTorch has the whole batch."""
    arrays = {key: array[:8] for key, array in ARRAYS.items()}

    def of_device(parameters, x):
        def one(name):
            loss = lambda parameters: values_of(name, JAX, parameters, x, {"axis_name": "batch"})
            gradient, values = jax.grad(loss, has_aux=True)(parameters)
            return values, gradient

        return {name: one(name) for name in IN_JAX}

    split = {key: array.reshape(2, 4, *array.shape[1:]) for key, array in arrays.items()}
    mapped = jax.jit(jax.vmap(of_device, (None, 0), axis_name="batch"))(PARAMETERS, split)
    whole = {key: TORCH.array(array) for key, array in arrays.items()}
    for name, (values, gradients) in mapped.items():
        expected, gradient = of_part(name, whole, {})
        for key, value in values.items():
            assert_near(f"{name} {key}", value, np.stack([expected[key]] * 2))
        assert_near(name, np.concatenate([np.ravel(each.mean(0)) for each in gradients]), gradient)


def test_infinite_sums_and_weights_that_cancel():
    x, signs = jnp.array([[1.0, jnp.inf], [3.0, 5.0]]), jnp.array([[1.0, -1.0], [2.0, -2.0]])
    on_two = jax.vmap(lambda x, w: ganloss_jax.drift(x, 1.0, element_weight=w, axis_name="batch"), axis_name="batch")
    assert (on_two(x, jnp.ones((2, 2))) == jnp.inf).all()
    assert (on_two(jnp.stack([x[1], x[1]]), signs) == -jnp.inf).all()
