"""The explorer: the page is whole, its curves are the reference's, and its two games do what they say. Run by Node.js."""

import re
from functools import cache

import numpy as np
import pytest

import explored
from adapters import LOGITS, VECTORS
from explored import PANELS, explorer
from frameworks import assert_within
from ganloss_core import Loss, aliases_of, register, unregister
from ganloss_core.backends.exact import words
from ganloss_core.reproduce.dirac import multiplier
from ganloss_core.reproduce.linear_critic import LinearCritic, Penalty, charged
from ganloss_core.spec import registry
from ganloss_core.spec.definition import hyperparameters
from ganloss_core.terms import gradient_penalty
from javascript import EXPLORER, evaluated


@cache
def scripts():
    """What the page computes with, as one expression."""
    text = "\n".join([explorer.data(), *((EXPLORER / name).read_text() for name in ("math.js", "gan.js"))])
    return (
        f"(() => {{ {text}; return {{ LOSSES, PENALTIES, ABSENT, DATA, defaults, curve, charges, Dirac, Net, numbers }}; }})()"
    )


def asked(expression, *each):
    """What a function of the scripts returns for each tuple of arguments."""
    return evaluated(f"((o) => {expression})({scripts()})", each)


def test_every_loss_of_logits_and_every_penalty_is_in():
    ((losses, absent, penalties),) = asked("() => [o.LOSSES, o.ABSENT, Object.keys(o.PENALTIES)]", ())
    assert (list(losses), absent) == (LOGITS, VECTORS)
    assert all(tuple(losses[name]["aliases"]) == aliases_of(name) for name in LOGITS)
    assert penalties == ["r1", "r2", "zero_centered", "wgan_gp", "wgan_lp", "wgan_div", "dragan", "max_gp"]


def test_the_curves_are_the_reference_s():
    xs = np.linspace(-4.0, 4.0, 50)
    every = asked(
        "(name, panels, xs) => panels.map((panel) => o.curve(o.LOSSES[name], o.defaults(o.LOSSES[name]), ...panel, xs))",
        *((name, PANELS, xs.tolist()) for name in LOGITS),
    )
    for name, curves in zip(LOGITS, every, strict=True):
        explored.check(name, curves, xs)


def test_a_new_loss_is_in_by_itself():
    @register(aliases=("mine",))
    def of_my_own(ops, *, slope: float = 0.5, flat: bool = False):
        return Loss(real=lambda t: ops.exp(-slope * t), fake=ops.relu if flat else ops.square)

    try:
        text = explorer.data()
    finally:
        unregister("of_my_own")
    ask = f"((p) => {{ {text}; const math = () => {{ {(EXPLORER / 'math.js').read_text()}; return curve; }};"
    ask += " return math()(LOSSES.of_my_own, { ...p, flat: true }, 'discriminator', 'real', [-2, 2]); })"
    (got,) = evaluated(ask, [({"slope": 0.25},)])
    assert got["values"] == pytest.approx([np.exp(0.5), np.exp(-0.5)], rel=1e-15)
    assert got["slopes"] == pytest.approx([-0.25 * np.exp(0.5), -0.25 * np.exp(-0.5)], rel=1e-15)


def refused(definition, hyperparameters):
    """What a definition says against hyperparameters, or None."""
    try:
        definition(words(), **hyperparameters)
    except ValueError as wrong:
        return str(wrong)
    return None


def test_every_hyperparameter_has_a_control_and_every_position_a_program():
    (controls,) = asked("() => Object.fromEntries(Object.entries(o.LOSSES).map(([k, e]) => [k, e.controls]))", ())
    asked_of, accepted = [], []
    for name in LOGITS:
        definition = registry.get(name)
        default = {key: p.default for key, p in hyperparameters(definition).items()}
        assert [c["name"] for c in controls[name]] == list(default)
        for c in controls[name]:
            ends = [c[end] for end in ("low", "high") if end in c]
            assert not any(refused(definition, {**default, c["name"]: end}) for end in ends), (name, c)
            positions = c.get("stops") or ends or [False, True]
            for at in positions:
                asked_of.append((name, {**default, c["name"]: at}))
                accepted.append(refused(definition, asked_of[-1][1]) or True)
    made = asked(
        "(name, p) => { const made = o.LOSSES[name].make(p); return typeof made === 'string' ? made : true; }", *asked_of
    )
    assert [a is True for a in made] == [a is True for a in accepted]
    # JavaScript writes 1, where Python writes 1.0.
    assert [re.sub(r"\.0\b", "", str(a)) for a in accepted] == list(map(str, made))


@pytest.mark.parametrize("name", ["logistic", "minimax", "lsgan", "rpgan", "wasserstein", "ralsgan_unbiased"])
@pytest.mark.parametrize("penalty", [None, "r1", "wgan_gp"])
def test_the_dirac_gan_is_that_of_reproduce(name, penalty):
    name = registry.canonical(name)
    game = LinearCritic(name, [charged(0.3, getattr(gradient_penalty, penalty)) if penalty else Penalty()])
    (jacobian,) = game.jacobians()
    x = np.array([0.7, -0.4, game.at[2, 0]])
    (got,) = asked(
        """(name, penalty, x) => {
          const q = penalty && o.PENALTIES[penalty], e = o.LOSSES[name];
          const game = new o.Dirac(e, o.defaults(e), q, q && o.defaults(q), 0.3);
          return [game.level, game.hasBias, game.velocity(x), game.multiplier(0.2, 0), game.multiplier(0.2, 5)];
        }""",
        (name, penalty, x.tolist()),
    )
    assert got[1] == game.has_bias
    # Two searches for the level, and differences for the Jacobian.
    assert got[0] == pytest.approx(game.at[2, 0], abs=1e-8)
    # Sums of a few slopes, each a term of a loss within 4 ulp, of pairs of logits.
    assert_within(got[2], game.velocity(x[:, None])[:, 0], 64)
    for rate, kind in zip(got[3:], ("simultaneous", "alternating_5"), strict=True):
        if jacobian is None:
            assert rate is None
        else:
            assert rate == pytest.approx(max(abs(np.linalg.eigvals(multiplier(jacobian, kind)))), abs=1e-5)


def test_two_losses_have_no_dirac_gan():
    """As in `ganloss reproduce dirac`."""
    (wrong,) = asked(
        "() => Object.entries(o.LOSSES).map(([k, e]) => [k, new o.Dirac(e, o.defaults(e), null, null, 0).wrong])", ()
    )
    left_out = {"apo_down": "D's best logit is minus infinity.", "tprls": "One pair of logits gives no gradient."}
    assert {name: why for name, why in wrong if why} == left_out


def test_the_networks_gradients_are_differences():
    (apart,) = asked(
        """() => {
          const { normal } = o.numbers(3), net = new o.Net([2, 5, 4, 1], normal), x = Float64Array.from({ length: 6 }, normal);
          const loss = () => net.forward(x, 3)[3].reduce((a, b) => a + b * b / 2, 0), out = net.forward(x, 3);
          const byInput = net.backward(out, out[3], 3), found = [];
          const difference = (at, i, g) => {
            const before = at[i], e = 1e-6;
            at[i] = before + e; const up = loss(); at[i] = before - e; const down = loss(); at[i] = before;
            found.push([g, (up - down) / (2 * e)]);
          };
          x.forEach((_, i) => difference(x, i, byInput[i]));
          const ofWeights = (l, k) => net.layers[l][k].forEach((_, i) => difference(net.layers[l][k], i, net.slopes[l][k][i]));
          net.layers.forEach((_, l) => ["w", "b"].forEach((k) => ofWeights(l, k)));
          return found;
        }""",
        (),
    )
    got, true = np.array(apart).T
    assert len(got) == 6 + 10 + 5 + 20 + 4 + 4 + 1
    # A difference of losses near 1, over twice 1e-6, has the roundings of some 64 operations.
    assert_within(got, true, 64 / 2e-6)


def test_the_page_needs_nothing_else():
    page = explorer.page()
    assert len(page.encode()) < 300_000
    assert not re.findall(
        r"""(?:src|href)="(?!data:,|index\.html"|losses/\$)[^"]*"|@import|url\((?!#)|fetch\(|import\(""", page
    )
    assert "/* " not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
