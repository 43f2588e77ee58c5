"""`axis_name=` in JAX: one value and one gradient, however many devices there are, whatever shard_map knows of their types."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

import ganloss_jax as gan
from adapters import ADAPTERS, ONE_OF_EACH, RULES, UNWEIGHTED, _to_numpy
from ganloss_core.backends import reference
from ganloss_jax.compat import maskgit, tfgan
from group_processes import LABELLED, PLAYERS, SETTINGS

SAMPLES, DEVICES = 12, 4
# The last of four devices has no sample that counts.
COUNTS = np.array([1, 2, 0, 1, 3, 0, 1, 1, 2, 0, 0, 0])
WEIGHTS = {"no weights": None, "mask": COUNTS > 0, "weights": COUNTS / 2}
# A separable loss, one of a mean, of a softmax, of all pairs, of a median, of labels and of vectors.
KINDS = (
    *("hinge", "relativistic_average_logistic", "kl_wgan", "relativistic_all_pairs_hinge", "tprls"),
    *("nplus1_ce", "mmd_gaussian"),
)
FEW = [(name, PLAYERS[i % 2], "weights") for i, name in enumerate(KINDS)]
# Those of which sums are sent, weighted logits, and labels.
SENT = [case for case in FEW if case[0] in ("hinge", "kl_wgan", "nplus1_ce")]


PRODUCT = [case for case in itertools.product(RULES, PLAYERS, WEIGHTS) if case[0] not in UNWEIGHTED or case[2] == "no weights"]
# Of each kind one player, and weights or a mask.
EACH_KIND = [(name, PLAYERS[i % 2], ("weights", "mask")[i // 2 % 2]) for i, name in enumerate(sorted(ONE_OF_EACH))]
# The same sums in another order: of twelve logits, and in the gradient of as many products for each parameter.
ULPS = 64
EPS = np.finfo(np.float64).eps
BATCH = {
    "inputs": np.sin(3.0 * np.arange(96.0, dtype=np.float32)).astype(np.float64).reshape(SAMPLES, 2, 4),
    "labels": np.arange(2 * SAMPLES).reshape(SAMPLES, 2) % 5 % 2,
    "mask": WEIGHTS["mask"],
    "weights": WEIGHTS["weights"],
}


def parameters_of(cases):
    lengths = [(1, RULES[name].sample.length or 3, 6)[RULES[name].sample.axes] for name, *_ in cases]
    return [np.cos(np.arange(4 * n, dtype=np.float32)).astype(np.float64).reshape(4, n) for n in lengths]


def critic(xp, name, parameters, x):
    logits = 2.0 * xp.tanh(x @ parameters)
    return logits.reshape(-1, *((), (logits.shape[1],), (2, 3))[RULES[name].sample.axes])


def sides_of(xp, name, parameters, inputs):
    """The critic of both: of a row of fakes there is one real."""
    real, fake = (critic(xp, name, parameters, x) for x in xp.moveaxis(inputs, 1, 0))
    return real[:, :1] if RULES[name].sample.ragged else real, fake


def given_to(case, batch):
    name, _, weights = case
    given = {}
    if WEIGHTS[weights] is not None:
        given |= {f"{side}_weight": batch[weights] for side in ("real", "fake")}
    if name in LABELLED:
        given |= {"real_labels": batch["labels"][:, 0], "fake_labels": batch["labels"][:, 1]}
    return given


def value_of(case, parameters, batch, **settings):
    name, player, _ = case
    real, fake = sides_of(jnp, name, parameters, batch["inputs"])
    return ADAPTERS["jax"].call(
        gan.GANLoss(name, **SETTINGS.get(name, {}), **settings), player, real, fake, **given_to(case, batch)
    )


def step_of(cases, axis_name="d"):
    """Every case's gradient by parameters of its own, and its value."""

    def values_of(parameters, batch):
        pairs = zip(cases, parameters, strict=True)
        values = [value_of(case, p, batch, axis_name=axis_name) for case, p in pairs]
        return sum(values), values

    return jax.grad(values_of, has_aux=True)


def alone(case, parameters):
    """The same of PyTorch, on one device."""
    name, player, _ = case
    real, fake = sides_of(np, name, parameters, BATCH["inputs"])
    torch = ADAPTERS["torch"]
    value, *by_logits = torch.value_and_grad(
        torch.loss(name, **SETTINGS.get(name, {})), player, real, fake, **given_to(case, BATCH)
    )
    gradient = 0.0
    for x, logits, g in zip(np.moveaxis(BATCH["inputs"], 1, 0), (real, fake), by_logits, strict=True):
        slope = 2.0 - logits**2 / 2.0
        of_outputs = (slope * _to_numpy(g)).reshape(SAMPLES, -1)
        # Of a row's one real, the other outputs are not looked at.
        of_outputs = np.pad(of_outputs, ((0, 0), (0, parameters.shape[1] - of_outputs.shape[1])))
        gradient = gradient + x.T @ of_outputs
    return gradient, value


def averaged(step):
    def run(parameters, batch):
        gradients, values = step(parameters, batch)
        return lax.pmean(gradients, "d"), values

    return run


def replicated(step, n):
    """shard_map as it is by default: the gradient of parameters that are the same everywhere is the whole one."""
    return jax.jit(jax.shard_map(step, mesh=Mesh(jax.devices()[:n], "d"), in_specs=(P(), P("d")), out_specs=P()))


def cast_to_varying(step, n):
    """Of parameters that may be different everywhere, a device's part of it: the sum is whole."""

    def run(parameters, batch):
        gradients, values = step(lax.pcast(parameters, "d", to="varying"), batch)
        return lax.psum(gradients, "d"), values

    return replicated(run, n)


def averaged_again(step, n):
    """Of a gradient that is whole, the average is the same."""
    return replicated(averaged(step), n)


def unchecked(step, n):
    mesh = Mesh(jax.devices()[:n], "d")
    return jax.jit(jax.shard_map(averaged(step), mesh=mesh, in_specs=(P(), P("d")), out_specs=P(), check_vma=False))


def split(n, batch):
    return jax.tree.map(lambda x: x.reshape(n, -1, *x.shape[1:]), batch)


def in_pmap(step, n):
    run = jax.pmap(averaged(step), axis_name="d", in_axes=(None, 0), devices=jax.devices()[:n])
    return lambda parameters, batch: jax.tree.map(lambda x: x[-1], run(parameters, split(n, batch)))


def in_vmap(step, n):
    run = jax.jit(jax.vmap(averaged(step), axis_name="d", in_axes=(None, 0), out_axes=None))
    return lambda parameters, batch: run(parameters, split(n, batch))


def compare(cases, run, dtype=np.float64):
    def as_type(tree):
        return jax.tree.map(lambda x: x.astype(dtype) if x.dtype == np.float64 else x, tree)

    parameters = parameters_of(cases)
    gradients, values = jax.device_get(
        (run if run.__name__ == "<lambda>" else jax.jit(run))(as_type(parameters), as_type(BATCH))
    )
    wrong = []
    for case, p, gradient, value in zip(cases, parameters, gradients, values, strict=True):
        of_one_device = alone(case, p)
        for got, expected in zip((gradient, value), of_one_device, strict=True):
            assert got.dtype == dtype
            off = np.abs(got - expected).max() / max(np.abs(expected).max(), 1.0)
            if not off <= ULPS * np.finfo(dtype).eps:
                wrong.append((case, got.ndim, off))
    assert wrong == []


def test_each_kind_of_loss():
    compare(EACH_KIND, replicated(step_of(EACH_KIND), DEVICES))


@pytest.mark.long
@pytest.mark.parametrize("mode", [replicated, cast_to_varying, unchecked, in_pmap, in_vmap])
def test_every_loss_every_way(mode):
    compare(PRODUCT, mode(step_of(PRODUCT), DEVICES))


@pytest.mark.parametrize("mode", [averaged_again, cast_to_varying, unchecked, in_pmap, in_vmap])
def test_typings_and_transforms(mode):
    compare(SENT, mode(step_of(SENT), DEVICES))


@pytest.mark.parametrize("check", [True, False])
def test_the_gradient_of_shard_map(check):
    def run(parameters, batch):
        def total(parameters, batch):
            values = [value_of(case, p, batch, axis_name="d") for case, p in zip(SENT, parameters, strict=True)]
            return sum(values), values

        mapped = jax.shard_map(
            total, mesh=Mesh(jax.devices(), "d"), in_specs=(P(), P("d")), out_specs=(P(), P()), check_vma=check
        )
        return jax.grad(mapped, has_aux=True)(parameters, batch)

    compare(SENT, jax.jit(run))


@pytest.mark.parametrize("n", [1, 3])
def test_numbers_of_devices(n):
    compare(SENT, replicated(step_of(SENT), n))


def test_float32():
    compare(FEW, replicated(step_of(FEW), DEVICES), np.float32)


def test_several_names():
    mesh = jax.make_mesh((2, 2), ("a", "b"), axis_types=(AxisType.Explicit,) * 2)
    step = jax.shard_map(step_of(SENT, ("a", "b")), mesh=mesh, in_specs=(P(), P(("a", "b"))), out_specs=P())
    placed = partial(jax.device_put, device=NamedSharding(mesh, P(("a", "b"))))
    compare(SENT, lambda parameters, batch: jax.jit(step)(parameters, placed(batch)))


def others(module, real, fake, weight, **several):
    """What else there is: of each sample, and of all of them."""

    def loss(name, **settings):
        return module.GANLoss(name, **settings, **several)

    each = {"reduction": "none"}
    of_each = {
        "terms": loss("hinge", **each).discriminator(real, fake, fake_weight=weight),
        "compared": loss("rasgan", **each).discriminator(real, fake, fake_weight=weight),
        "rows of pairs": loss("rpgan_mvue", **each).discriminator(real, fake),
        "top_k": loss("logistic", top_k=5, **each).generator(fake),
        "one-sided": loss("hinge", **each)(real, True, is_disc=True),
    }
    average, hinge = loss("rasgan"), loss("hinge")
    of_all = {
        "sum": [loss(name, reduction="sum").discriminator(real, fake, real_weight=weight) for name in ("hinge", "rasgan")],
        "heads": [x.discriminator([real, -real[:, None]], [fake, fake[:, None]]) for x in (hinge, average)],
        "no mean of heads": loss("rasgan", heads="none").generator({"a": fake}, real={"a": real}),
        "top_k": loss("logistic", top_k=5).generator(fake, fake_weight=weight),
        "one-sided": [hinge(real, True, is_disc=True), hinge(fake, False, is_disc=True), hinge(fake, True)],
        "sides": [loss(name).discriminator_terms(real, fake, real_weight=weight) for name in ("hinge", "rasgan")],
        "functions": [
            module.discriminator_loss("rasgan", real, fake, **several),
            module.generator_loss("rasgan", fake, real=real, **several),
        ],
        "infinite": loss("fgan_kl").generator(-1000.0 * fake),
        "weights of both signs": hinge.discriminator(real, fake, fake_weight=2.0 * (fake > 0.0) - 1.0),
        "no weight": hinge.discriminator(real, fake, fake_weight=0.0 * weight),
    }
    return of_each, of_all


def test_reductions_heads_and_functions():
    real, fake = np.moveaxis(BATCH["inputs"][..., 0], 1, 0)
    given = (real, fake, BATCH["weights"])
    mesh = Mesh(jax.devices(), "d")
    run = jax.shard_map(partial(others, gan, axis_name="d"), mesh=mesh, in_specs=P("d"), out_specs=(P("d"), P()))
    expected, got = others(reference, *given), jax.jit(run)(*given)
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    for (path, a), b in zip(jax.tree.leaves_with_path(expected), jax.tree.leaves(got), strict=True):
        np.testing.assert_allclose(b, a, rtol=ULPS * EPS, atol=ULPS * EPS, err_msg=jax.tree_util.keystr(path))


def test_heads_go_in_one_sum():
    x = jnp.ones(3)
    for name in ("hinge", "rasgan"):
        loss = gan.GANLoss(name, axis_name="d")
        run = jax.make_jaxpr(lambda x, loss=loss: loss.discriminator([x, x + 1.0], [x, -x]), axis_env=[("d", DEVICES)])
        assert str(run(x)).count("= psum[") == 1


def drop_ins(real, fake, weight, **several):
    """Of each form: a class, functions, and reductions of weighted terms."""
    return {
        "MMagic": gan.GANLossComps("lsgan", 0.9, **several)(fake, True),
        "MaskGIT": maskgit.discriminator_loss(real_logit=real, fake_logit=fake, **several),
        "MaskGIT, one side": maskgit.discriminator_loss(real_logit=real, fake_logit=None, **several),
        "MaskGIT, G": maskgit.generator_loss(fake_logit=fake, loss_type="non-saturating", **several),
        "TF-GAN": tfgan.relativistic_discriminator_loss(real, fake, **several),
        "TF-GAN, G": tfgan.relativistic_generator_loss(real, fake, **several),
        **{
            f"TF-GAN {how}": tfgan.modified_discriminator_loss(real, fake, 0.1, weight, weight, reduction=how, **several)
            for how in tfgan.Reduction
            if how != "none"
        },
    }


def test_drop_ins():
    real, fake = np.moveaxis(BATCH["inputs"][..., 0], 1, 0)
    given = (real, fake, BATCH["weights"])

    @jax.jit
    def both(*given):
        run = jax.vmap(partial(drop_ins, axis_name="d"), axis_name="d", out_axes=None)
        return drop_ins(*given), run(*split(DEVICES, given))

    expected, got = both(*given)
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=ULPS * EPS, err_msg=name)


def test_one_logit_a_device():
    real, fake = np.moveaxis(BATCH["inputs"][..., 0], 1, 0)
    for name in ("hinge", "rasgan"):
        expected = reference.GANLoss(name, reduction="none").discriminator(real, fake)
        got = jax.vmap(gan.GANLoss(name, reduction="none", axis_name="d").discriminator, axis_name="d")(real, fake)
        for a, b in zip(expected[:2], got[:2], strict=True):
            np.testing.assert_allclose(b, a, rtol=ULPS * EPS)


def test_where_there_is_no_axis():
    x = jnp.ones(2)
    for name in ("hinge", "rasgan"):
        loss = gan.GANLoss(name, axis_name="d")
        for call in (loss.discriminator, jax.jit(loss.discriminator), jax.vmap(loss.discriminator, axis_name="e")):
            with pytest.raises(NameError, match="unbound axis name, of d: what has axis_name= is called inside shard_map"):
                call(x, x)
    for wrong in (3, (), ("a", 3), ["d"]):
        with pytest.raises(TypeError, match="axis_name must be the name of an axis, or a tuple of names, got "):
            gan.GANLoss("hinge", axis_name=wrong)
        with pytest.raises(TypeError, match="axis_name must be"):
            gan.discriminator_loss("hinge", x, x, axis_name=wrong)
    assert repr(gan.GANLoss("hinge", axis_name=("a", "b"))) == "GANLoss('hinge', axis_name=('a', 'b'), margin=1.0)"
