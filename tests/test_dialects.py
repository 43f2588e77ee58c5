"""Other codebases' losses, against transcriptions of their code that were written without looking at the tables."""

import ast
import copy
import itertools
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
import witnesses_dialects
import witnesses_dialects_audio
import witnesses_dialects_motion
import witnesses_dialects_others
import witnesses_dialects_pairs
import witnesses_dialects_research
import witnesses_dialects_tokenizers
from adapters import ADAPTERS
from ganloss_core import Loss, Variant, aliases_of, check, dialects, facts, family, get, register, unregister
from ganloss_core.backends import reference, tex
from ganloss_core.dialects import tables
from ganloss_torch.testing import identify

WITNESSES = {
    **witnesses_dialects.WITNESSES,
    **witnesses_dialects_research.WITNESSES,
    **witnesses_dialects_tokenizers.WITNESSES,
    **witnesses_dialects_audio.WITNESSES,
    **witnesses_dialects_motion.WITNESSES,
    **witnesses_dialects_others.WITNESSES,
    **witnesses_dialects_pairs.WITNESSES,
}
FOLDER = Path(tables.__file__).parent
EPS = np.finfo(np.float64).eps
LOGISTIC = aliases_of("logistic")


def test_every_entry_has_a_witness():
    assert set(WITNESSES) == set(dialects.names())


def draw(name, shape, scale, seed):
    """Real and fake logits, away from kinks by more than rounding, and labels for a loss of vectors."""
    generator = np.random.default_rng(seed)
    # Each row of these has fakes of its own.
    of_fakes = (shape[0], 3) if name in ("sbi/nre_b", "sbi/nre_c") and shape[0] > 1 else shape
    real, fake = (scale * generator.normal(size=each) for each in (shape, of_fakes))
    if name == "torchgan/energy_based":
        real, fake = abs(real), abs(fake)
    # studiogan/mh's last score is that of the fake class.
    classes = {"studiogan/mh": shape[-1] - 1, "tllib/mdd": shape[-1]}.get(name)
    if classes is None:
        return real, fake, {}
    return real, fake, {f"{side}_labels": generator.integers(0, classes, shape[:-1]) for side in ("real", "fake")}


def expected(witness, player, real, fake, labels, parameters):
    """The witness's value, and its gradient by reals and fakes."""
    r, f = (torch.from_numpy(x).requires_grad_() for x in (real, fake))
    given = {key: torch.from_numpy(y) for key, y in labels.items()} | parameters
    value = witness.d(r, f, **given) if player == "discriminator" else witness.g(f, r, **given)
    gradient = torch.autograd.grad(value, (r, f), allow_unused=True, materialize_grads=True)
    return value.item(), *(g.numpy() for g in gradient)


def assert_close(got, wanted, at, what=""):
    # Theirs cancels where a logit is large, as x - x y + log(1 + e^-|x|) does, and a mean adds up to 24 terms. The tail that
    # F.softplus drops above 20 is 2e-9, in theirs alone.
    largest = max(np.abs(x).max() for x in at)
    size, tail = 1.0 + largest**2, 3e-9 if largest > 19.0 else 0.0
    for a, b in zip(got, wanted, strict=True):
        assert np.abs(np.asarray(a) - b).max() <= 64 * EPS * size + tail, what


# One of each kind of difference from our own losses.
KINDS = (
    "cyclegan/lsgan", "taming/vanilla", "esrgan/ragan", "monai/hinge", "monai/least_squares", "gigagan_pytorch/hinge",
    "open_magvit2/hinge", "tfgan/minimax", "tfgan/wasserstein_hinge", "mimicry/ns", "lecam_gan/rahinge",
    "relativistic_f_divergences/rphingegan_mvue", "relativistic_f_divergences/rclsgan_unbiased", "studiogan/mh",
)  # fmt: skip
# JAX, which compiles each anew, has these and one of each formula that is no loss of ours; the others in the long tests.
IN_JAX = {*KINDS, *{get(name).entry.loss: name for name in sorted(WITNESSES) if callable(get(name).entry.loss)}.values()}


OF_MANY_OPERATIONS = {"joligen/contrastive", "studiogan/mh", "styletts2/lsgan_tprls", "tllib/mdd"}


def assert_the_codebases_own(name, backend):
    witness, entry = WITNESSES[name], get(name).entry
    adapter = replace(ADAPTERS[backend], jit=name in OF_MANY_OPERATIONS)
    cases = [{key: value for key, value in case.items() if key in entry.parameters} for case in ({}, *witness.parameters)]
    assert set(entry.parameters) == {key for case in cases for key in case}
    # The map is in JAX of the size that other tests have, for which its operations are compiled.
    shapes = [(2, 1, 1, 3) if backend == "jax" and len(shape) == 4 and shape[1] == 1 else shape for shape in witness.shapes]
    for given in cases:
        loss = adapter.loss(name, **given)
        for i, (shape, scale) in enumerate(itertools.product(shapes, (0.1, 1.0, 20.0))):
            # In JAX a shape costs a compilation: all magnitudes at the last one, and others for one of each kind.
            at_last, ordinary = shape == shapes[-1], scale == 1.0
            if backend == "jax" and not ((at_last and (ordinary or not given)) or (ordinary and not given and name in KINDS)):
                continue
            real, fake, labels = draw(name, shape, scale, i)
            for player in ("discriminator", "generator"):
                got = adapter.value_and_grad(loss, player, real, fake, **labels)
                wanted = expected(witness, player, real, fake, labels, given)
                assert_close(got, wanted, (real, fake), (name, player, given, shape, scale))


@pytest.mark.parametrize("codebase", dialects.codebases())
def test_values_and_gradients_are_the_codebases_own(codebase):
    for name in dialects.names(codebase):
        assert_the_codebases_own(name, "torch")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name not in IN_JAX)) for name in sorted(WITNESSES)]
)
def test_values_and_gradients_are_the_codebases_own_in_jax(name):
    assert_the_codebases_own(name, "jax")


def test_the_reference_computes_them_too():
    for name, witness in WITNESSES.items():
        real, fake, labels = draw(name, witness.shapes[-1], 1.0, 0)
        for player in ("discriminator", "generator"):
            value, gradient = reference.value_and_grad(name, real, fake, player=player, **labels)
            wanted = expected(witness, player, real, fake, labels, {})
            assert_close((value, gradient.fake), (wanted[0], wanted[2]), (real, fake), (name, player))


def test_several_heads_combine_as_they_do_there():
    for name, witness in WITNESSES.items():
        if witness.heads not in ("mean", "sum"):
            continue
        loss, heads = ganloss_torch.GANLoss(name), [draw(name, witness.shapes[-1], 1.0, seed) for seed in range(3)]
        real, fake = ([torch.from_numpy(head[side]) for head in heads] for side in (0, 1))
        share = {"mean": 1 / 3, "sum": 1.0}[witness.heads]
        for player in ("discriminator", "generator"):
            each = [expected(witness, player, *head, {})[0] for head in heads]
            value = loss.discriminator(real, fake) if player == "discriminator" else loss.generator(fake, real=real)
            assert_close((value.item(),), (share * sum(each),), real[0].numpy(), (name, player))
        assert dialects.codebase(name.split("/")[0]).heads == witness.heads


def test_every_kind_is_within_the_bounds_of_the_contract():
    runners = [runner for runner in check.runners() if runner.name != "jax"]
    report = check.check(KINDS, runners, dtypes=["float64", "float32"])
    assert report.ok, report.failures


# Of vectors, or of a term that is ours, and all of them long to compute exactly.
SLOW = {"tllib/mdd", "styletts2/lsgan_tprls", "relativistic_f_divergences/ralsgan_unbiased"}


@pytest.mark.parametrize("names", [IN_JAX - {*KINDS} - SLOW, pytest.param(SLOW, marks=pytest.mark.long)], ids=["", "slow"])
def test_every_formula_of_one_codebase_is_too(names):
    runners = [runner for runner in check.runners() if runner.name == "torch"]
    report = check.check(sorted(names), runners, dtypes=["float32"])
    assert report.ok, report.failures


@pytest.mark.parametrize("name", KINDS)
def test_a_dialect_is_a_loss_like_any_other(name):
    loss = ganloss_torch.GANLoss(name)
    real, fake, labels = draw(name, WITNESSES[name].shapes[-1], 1.0, 0)
    r, f = torch.from_numpy(real), torch.from_numpy(fake)
    given = {key: torch.from_numpy(y) for key, y in labels.items()}
    value = loss.discriminator(r, f, **given)
    for again in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss)), ganloss_torch.GANLoss(name.upper().replace("_", "-"))):
        assert torch.equal(again.discriminator(r, f, **given), value)
    assert hash(ganloss_jax.GANLoss(name)) == hash(ganloss_jax.GANLoss(name))
    assert ganloss_jax.GANLoss(name).name == name
    parts = loss.discriminator_terms(r, f, **given)
    assert_close((sum(part for part in parts if part is not None).item(),), (value.item(),), real)
    if name in ("monai/hinge", "cyclegan/lsgan", "open_magvit2/hinge"):
        assert_close(
            (loss(r, True, is_disc=True).item(), loss(f, False, is_disc=True).item()),
            (parts.real.item(), parts.fake.item()),
            real,
        )
        assert torch.equal(loss(f, True), loss.generator(f))
    assert family(name) == name.split("/")[0]
    assert aliases_of(name) == get(name).entry.aliases


def test_a_formula_of_one_codebase_is_identified():
    def swapped(real, fake):
        cost = torch.nn.functional.binary_cross_entropy_with_logits
        return 0.5 * (cost(torch.ones_like(real), real) + cost(torch.zeros_like(fake), fake))

    assert identify(discriminator=swapped)[0].name in ("gigatok/non-saturating", "llamagen/non-saturating")


def test_compiled_dialects_are_one_graph():
    x = torch.randn(3, 1, 2, 2, dtype=torch.float64)
    for name in ("monai/least_squares", "open_magvit2/non_saturate", "esrgan/ragan"):
        loss = ganloss_torch.GANLoss(name)
        compiled = torch.compile(lambda r, f, loss=loss: loss.discriminator(r, f), backend="eager", fullgraph=True)
        assert_close((compiled(x, -x).item(),), (loss.discriminator(x, -x).item(),), x.numpy())


def test_at_a_kink_the_convention_is_ours_or_that_of_the_activation():
    def slope(name, at, side):
        x, other = (torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in (at, 0.5))
        r, f = (x, other) if side == "real" else (other, x)
        return torch.autograd.grad(ganloss_torch.GANLoss(name).discriminator(r, f), x)[0].item()

    # torch.minimum would say -1/2; leaky_relu has its slope, 0.05, at 0.
    assert slope("audiocraft/hinge", 1.0, "real") == 0.0
    assert slope("gigagan_pytorch/hinge", -1.0, "real") == 0.0
    assert slope("monai/least_squares", 0.0, "real") == 2.0 * (0.0 - 1.0) * 0.05


def test_a_mean_logit_is_one_of_each_sample():
    loss, maps = ganloss_torch.GANLoss("open_magvit2/hinge"), torch.tensor([[[3.0, -5.0]], [[1.0, 1.0]]])
    assert torch.equal(loss.generator(maps), ganloss_torch.GANLoss("logistic").generator(torch.tensor([-1.0, 1.0])))
    kept = torch.tensor([True, False])
    assert torch.equal(loss.generator(maps, fake_weight=kept), loss.generator(maps[:1]))
    with pytest.raises(ValueError, match=r"one number per sample, shape \(2,\), got shape \(2, 1, 2\)"):
        loss.generator(maps, fake_weight=torch.ones(2, 1, 2))
    each = ganloss_torch.GANLoss("open_magvit2/hinge", reduction="none")
    assert each.generator(maps).fake.shape == (2,)
    assert each.discriminator(maps, maps).real.shape == maps.shape


def test_what_is_detached_has_no_gradient():
    r, f = (torch.randn(4, dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = ganloss_torch.GANLoss("esrgan/ragan")
    by_real, by_fake = torch.autograd.grad(loss.generator(f, real=r), (r, f), allow_unused=True)
    assert by_real is None or not by_real.any()
    assert by_fake.all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("taming", "unknown loss 'taming': of that codebase there are taming/hinge, taming/vanilla"),
        ("tamming/hinge", "unknown codebase 'tamming': did you mean 'taming'"),
        ("taming/hing", "unknown loss of taming 'taming/hing': did you mean 'taming/hinge'"),
        ("hifigan/", "there are hifigan/lsgan"),
    ],
)
def test_a_wrong_name_gets_the_right_ones(name, message):
    with pytest.raises(KeyError, match=re.escape(message)):
        ganloss_torch.GANLoss(name)


def test_what_a_codebase_lacks_is_refused():
    with pytest.raises(TypeError, match="mmagic/hinge has no hyperparameter 'real_label_val': it has loss_weight"):
        ganloss_torch.GANLoss("mmagic/hinge", real_label_val=0.9)
    with pytest.raises(ValueError, match="a name with a slash is another codebase's loss"):
        register(name="mine/loss")(get("hinge"))


def test_a_dialect_is_what_it_is_whatever_is_registered_later():
    mine = get("logistic")
    unregister("logistic")
    try:
        register(name="logistic")(lambda ops: Loss(real=ops.square, fake=ops.square))
        x = torch.tensor([1.0, -2.0])
        assert ganloss_torch.GANLoss("fastgen/non_saturating").generator(x) == torch.nn.functional.softplus(-x).mean()
    finally:
        unregister("logistic")
        register(name="logistic", aliases=LOGISTIC)(mine)


def test_each_player_has_its_own_closed_form():
    def mixed(ops):
        return Variant(discriminator=get("rphinge_mvue")(ops), generator=get("rplsgan_mvue")(ops), factors=(2.0, 1.0))

    r, f = torch.randn(5, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    loss = ganloss_torch.GANLoss(mixed)
    for got, name, factor in (
        (loss.discriminator(r, f), "rphinge_mvue", 2.0),
        (loss.generator(f, real=r), "rplsgan_mvue", 1.0),
    ):
        plain = ganloss_torch.GANLoss(name)
        wanted = plain.discriminator(r, f) if name == "rphinge_mvue" else plain.generator(f, real=r)
        assert_close((got.item(),), (factor * wanted.item(),), r.numpy())


def test_what_is_done_for_terms_is_done_where_both_players_have_them():
    def relativistic_g(ops):
        return Variant(discriminator=get("logistic")(ops), generator=get("rasgan")(ops))

    with pytest.raises(ValueError, match="top_k is for losses that are a term for each logit"):
        ganloss_torch.GANLoss(relativistic_g, top_k=2)
    with pytest.raises(TypeError, match="compares reals with fakes"):
        ganloss_torch.GANLoss(relativistic_g)(torch.ones(3), True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"factors": 2.0}, "factors must be D's and G's"),
        ({"of_means": "D"}, "of_means must be 'none', 'G' or 'both'"),
        ({"detached": True}, "detached is for a loss whose logits are compared with means"),
        ({"generator": "linera"}, "generator must be a Loss, a BatchLoss or one of"),
        ({"discriminator": "hinge"}, "discriminator must be a Loss or BatchLoss"),
    ],
)
def test_a_variant_says_what_is_wrong(wrong, message):
    def loss(ops):
        return Variant(**{"discriminator": get("hinge")(ops), **wrong})

    with pytest.raises((TypeError, ValueError), match=message):
        ganloss_torch.GANLoss(loss)


def test_the_rule_for_heads_that_holds_anyway_is_no_difference():
    assert ganloss_jax.GANLoss("hinge") == ganloss_jax.GANLoss("hinge", heads="mean")
    assert ganloss_jax.GANLoss("hifigan/lsgan") != ganloss_jax.GANLoss("hifigan/lsgan", heads="mean")


def test_a_loss_without_gradient_cannot_be_compared():
    flat = lambda ops: Loss(real=lambda t: 0.0 * t, fake=lambda t: 0.0 * t)
    with pytest.raises(ValueError, match="gradient is 0 on all logits"):
        facts.difference("hinge", flat, "discriminator")


def test_a_rule_for_the_generator_overrides_the_codebases():
    fake = torch.randn(5)
    loss = ganloss_torch.GANLoss("taming/vanilla", generator="nonsaturating")
    assert torch.equal(loss.generator(fake), ganloss_torch.GANLoss("logistic").generator(fake))


# --- the tables ---


def test_a_codebase_is_a_table_and_nothing_else():
    files = sorted(FOLDER.glob("[a-z]*.py"))
    assert {file.stem for file in files} == set(dialects.codebases())
    for file in files:
        tree = ast.parse(file.read_text())
        nodes, calls = [*ast.walk(tree)], {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert all(
            isinstance(node, (ast.ImportFrom, ast.Assign))
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            for node in tree.body
        ), file
        assert not [node for node in nodes if isinstance(node, (ast.Lambda, ast.For, ast.If, ast.comprehension))], file
        assert calls <= {"Codebase", "Entry", "Parameter"}, file
    # Nothing else in the library knows of one, or adding one would be more than adding a file.
    names = "|".join(file.stem for file in files)
    known = re.compile(rf"tables\.({names})\b|tables import [^\n]*\b({names})\b")
    assert not [path for path in FOLDER.parents[2].rglob("*.py") if known.search(path.read_text())]


def test_a_new_table_is_a_new_codebase(tmp_path, monkeypatch):
    (tmp_path / "mylab.py").write_text(
        "from ganloss_core.dialects import Codebase, Entry\n"
        "TABLE = Codebase(repository='my/lab', file='loss.py', heads='sum', before='', after='', same='', better='',\n"
        "    entries={'ours': Entry(loss='hinge', discriminator_factor=0.25, aliases=('h',))})\n"
    )
    monkeypatch.setattr(tables, "__path__", [*tables.__path__, str(tmp_path)])
    assert "mylab" in dialects.codebases()
    assert dialects.names("mylab") == ("mylab/ours",)
    x = np.array([0.5, -2.0])
    for adapter in ADAPTERS.values():
        loss = adapter.loss("mylab/h")
        assert loss.discriminator(*[[adapter.array(x)] * 2] * 2) == 0.5 * reference.discriminator_loss("hinge", x, x)
    assert tex.formulas("mylab/ours").discriminator.startswith(r"0.25 \, \mathbb{E}")
    assert facts.equilibrium("mylab/ours").discriminator == 0.5


def test_a_table_says_where_from_and_what_changes():
    for codebase in dialects.codebases():
        table = dialects.codebase(codebase)
        assert table.repository.count("/") == 1, codebase
        assert all((table.file, table.before, table.after, table.same, table.better)), codebase
        spellings = [s for name, entry in table.entries.items() for s in (name, *entry.aliases)]
        assert len(spellings) == len(set(spellings)), codebase
        for name in re.findall(r"GANLoss\('([^']*)'\)", f"{table.after} {table.same} {table.better}"):
            get(name)
        if table.drop_in:
            exec(table.after.split(";")[0], {})
        for name in table.entries:
            assert isinstance(get(f"{codebase}/{name}"), dialects.Dialect), name
