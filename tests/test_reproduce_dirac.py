"""The Dirac-GAN: his notebook's rows, his theorems, and rates that the simulated steps have."""

from pathlib import Path

import numpy as np
import pytest
import torch

import ganloss_torch as gan
from cases import each
from ganloss_core import BatchLoss, Loss, Sides, facts, paired
from ganloss_core.backends import reference
from ganloss_core.command import reproduce
from ganloss_core.reproduce import dirac
from ganloss_core.reproduce.linear_critic import PENALTIES, LinearCritic, Penalty, charged
from ganloss_core.reproduce.slopes import slopes
from ganloss_core.spec import registry
from ganloss_core.terms import gradient_penalty as data

H = dirac.RATE
EPS = np.finfo(float).eps
PAGE = Path(__file__).parents[1] / "docs" / "reproduce.md"
# f'(0) of a loss whose D and G do the same there: the force on psi is f'(0) theta, on theta -f'(0) psi.
FORCES = {"logistic": 0.5, "minimax": 0.5, "rpgan": 0.5, "hinge": 1.0, "wgan": 1.0, "fgan_pearson": 1.0, "ralsgan": 4.0}


def eigenvalues(loss, penalty=PENALTIES["none"]):
    (jacobian,) = LinearCritic(loss, [penalty]).jacobians()
    return np.sort_complex(np.linalg.eigvals(jacobian))


def of_two(ops):
    def d(r, f, E):
        return Sides(batch=ops.softplus(E.fake.log_sum_exp(f) - E.real(r)) / E.real.total(r))

    return BatchLoss(discriminator=d, least=2)


def steep(ops):
    # Whose second derivative is no number.
    return Loss(real=lambda d: ops.softplus(-1e200 * d), fake=ops.softplus, coupling=paired)


@each("name", [*dirac.names(), of_two])
def test_slopes_are_the_gradients(name):
    first_of, second_of = slopes(name)
    r, f, least = np.array([0.3, -0.7]), np.array([-0.4, 0.45]), facts.rules_of(name).sample.least
    first, second = (lambda r, f, of=of: np.array([x + 0.0 * r for x in of(r, f)]) for of in (first_of, second_of))
    # For each slope its change by r and by f.
    curvature = second(r, f).reshape(3, 2, 2)
    # In float64 a slope is known to the contract's four ulps of what an ulp in it and in each logit makes of it.
    known = 4.0 * EPS * (abs(first(r, f)) + abs(curvature[:, 0] * r) + abs(curvature[:, 1] * f))
    for i in range(2):
        sides = np.full(least, r[i]), np.full(least, f[i])
        _, d = reference.value_and_grad(name, *sides)
        _, g = reference.value_and_grad(name, *sides, player="generator")
        assert (abs(first(r, f)[:, i] - [np.sum(x) for x in (d.real, d.fake, g.fake)]) <= 2.0 * known[:, i]).all()

    def difference(h):
        return np.stack([first(r + h, f) - first(r - h, f), first(r, f + h) - first(r, f - h)], 1) / (2.0 * h)

    # Of twice the step a central difference errs four times as much: by three times its own error they are apart.
    h = 2.0**-17
    off = abs(difference(2.0 * h) - difference(h))
    assert (abs(curvature - difference(h)) <= off + known[:, None] / h).all()


OF_A_CRITIC = {
    "r1": lambda seen: gan.r1(seen, 0.3),
    "r2": lambda seen: gan.r2(seen, 0.3),
    "r1_r2": lambda seen: gan.r1(seen, 0.3) + gan.r2(seen, 0.3),
    "wgan_gp": lambda seen: gan.wgan_gp(seen, 0.35),
    "zero_centered": lambda seen: gan.zero_centered(seen, 0.3),
    "finite_differences": lambda seen: gan.approximate_r1(seen, 0.3, sigma=0.5, noise=torch.ones((1, 1), dtype=torch.float64)),
    "centring": lambda seen: gan.drift(seen.real + seen.fake, 0.3),
}


@pytest.mark.parametrize("name", OF_A_CRITIC)
def test_a_penalty_is_what_its_function_charges(name):
    theta, psi, b = 0.8, 0.6, 0.2
    p, bias = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (psi, b))
    real, fake = (torch.full((1, 1), x, dtype=torch.float64) for x in (0.0, theta))
    seen = gan.observe(lambda x: p * x[:, 0] + bias, real=real, fake=fake)
    wanted = torch.autograd.grad(OF_A_CRITIC[name](seen), [p, bias], allow_unused=True, materialize_grads=True)
    x = np.array([[theta], [psi], [b]])
    plain, penalised = (LinearCritic("lsgan", [PENALTIES[each]]).velocity(x) for each in ("none", name))
    np.testing.assert_allclose((plain - penalised)[:, 0], [0.0, *map(float, wanted)], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["minimax", "lsgan"])
def test_consensus_is_the_gradient_of_half_the_square_of_both_gradients(name):
    x, e = np.array([[0.8], [0.6], [0.2]]), 1e-6
    plain, consensus = LinearCritic(name, [Penalty()]), LinearCritic(name, [Penalty(consensus=0.7)])

    def half(x):
        return 0.5 * np.sum(plain.velocity(x) ** 2)

    steps = e * np.eye(3)[:, :, None]
    slope = [(half(x + s) - half(x - s)) / (2.0 * e) if i < plain.size else 0.0 for i, s in enumerate(steps)]
    np.testing.assert_allclose((plain.velocity(x) - consensus.velocity(x))[:, 0], 0.7 * np.array(slope), rtol=1e-7, atol=1e-9)


def test_instance_noise():
    """Section 3: f''(0) sigma^2 +- sqrt(f''(0)^2 sigma^4 - f'(0)^2); and the velocity, by a fine sum over the density."""
    for sigma in (0.3, 0.7, 2.0):
        half, root = -0.25 * sigma**2, np.sqrt(sigma**4 / 16.0 - 0.25 + 0j)
        np.testing.assert_allclose(eigenvalues("minimax", Penalty(noise=sigma)), np.sort_complex([half - root, half + root]))
    theta, psi, e = 0.8, -0.6, np.linspace(-8.0, 8.0, 4001)
    w = np.exp(-0.5 * e * e) / np.sum(np.exp(-0.5 * e * e))
    real, fake = 0.7 * e, theta + 0.7 * e
    # D's loss is softplus(-r) + softplus(f), G's softplus(-f).
    of_real, of_fake = sigmoid(-psi * real), sigmoid(psi * fake)
    wanted = [psi * np.sum(w * sigmoid(-psi * fake)), np.sum(w * (real * of_real - fake * of_fake)), 0.0]
    got = LinearCritic("logistic", [PENALTIES["instance_noise"]]).velocity(np.array([[theta], [psi], [0.0]]))
    # Seven nodes.
    np.testing.assert_allclose(got[:, 0], wanted, rtol=1e-6)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def f1(x):
    return sigmoid(-x)


def f2(x):
    return -sigmoid(-x) * sigmoid(x)


def consensus(t, p):
    # The notebook halves the second part of each, which is none at the equilibrium; this is the gradient.
    both = (p * p + t * t) * f1(p * t) * f2(p * t)
    return -p * f1(p * t) - (t * f1(p * t) ** 2 + p * both), t * f1(p * t) - (p * f1(p * t) ** 2 + t * both)


# LMescheder/GAN_stability, notebooks/diracgan/gans.py: (G's, D's) velocity at (theta, psi), with the notebook's weights.
# Its critic is high for fakes.
ROWS = {
    "gan": ("minimax", Penalty(), lambda t, p: (-p * f1(p * t), t * f1(p * t))),
    "nsgan": ("logistic", Penalty(), lambda t, p: (-p * f1(-p * t), t * f1(p * t))),
    "wgan": ("wgan", Penalty(), lambda t, p: (-p, t)),
    "wgan_gp": ("wgan", PENALTIES["wgan_gp"], lambda t, p: (-p, t - 0.7 * (abs(p) - 1.0) * np.sign(p))),
    "gan_gradpen": ("minimax", PENALTIES["r1"], lambda t, p: (-p * f1(p * t), t * f1(p * t) - 0.3 * p)),
    "gan_gradpen_critical": ("minimax", charged(1.0, data.r1), lambda t, p: (-p * f1(p * t), t * f1(p * t) - p)),
    "gan_consensus": ("minimax", PENALTIES["consensus"], consensus),
    "nsgan_gradpen": ("logistic", PENALTIES["r1"], lambda t, p: (-p * f1(-p * t), t * f1(p * t) - 0.3 * p)),
}


def theirs(velocity, d_steps, steps, most=np.inf):
    theta, psi, path = 1.0, 1.0, [(1.0, 1.0)]
    for _ in range(steps):
        v, w = velocity(theta, psi)
        theta += H * v
        if not d_steps:
            psi = np.clip(psi + H * w, -most, most)
        for _ in range(d_steps):
            psi = np.clip(psi + H * velocity(theta, psi)[1], -most, most)
        path.append((theta, psi))
    return np.array(path)


@each("loss", sorted({loss for loss, *_ in ROWS.values()}))
@each("kind", ["simultaneous", "alternating", "alternating_5"])
def test_the_rows_of_his_notebook(loss, kind):
    rows = {name: of for name, (its, *of) in ROWS.items() if its == loss}
    _, paths = dirac.simulated(LinearCritic(loss, [penalty for penalty, _ in rows.values()]), kind, 200, 0)
    for i, (name, (_, velocity)) in enumerate(rows.items()):
        wanted = theirs(velocity, dirac.KINDS[kind], 200) * [1.0, -1.0]
        # Some eight roundings in each of 200 steps, which grow at most 1.02-fold in each that follows.
        carried = 8 * 200 * 1.02**200 * EPS
        atol = carried * (1.0 + abs(wanted).max())
        np.testing.assert_allclose(paths[:, :2, i], wanted, rtol=carried, atol=atol, err_msg=name)


def test_what_his_rows_come_to():
    """Which come to the equilibrium with simultaneous steps."""
    ends = {row: abs(theirs(velocity, 0, 500)[-1]).max() for row, (_, _, velocity) in ROWS.items()}
    assert [row for row in ROWS if ends[row] < 1e-2] == [
        "gan_gradpen",
        "gan_gradpen_critical",
        "gan_consensus",
        "nsgan_gradpen",
    ]


@each("loss", FORCES)
def test_simultaneous_descent_never_converges(loss):
    """Section 2: 1 +- i h f'(0)."""
    force = FORCES[loss]
    np.testing.assert_allclose(eigenvalues(loss), [-1j * force, 1j * force], rtol=0, atol=1e-14)
    (j,) = LinearCritic(loss, [Penalty()]).jacobians()
    for h in (0.01, 0.5):
        np.testing.assert_allclose(
            np.sort_complex(np.linalg.eigvals(dirac.multiplier(j, "simultaneous", h))),
            [1.0 - 1j * h * force, 1.0 + 1j * h * force],
            rtol=1e-13,
        )


@each("kind", ["alternating", "alternating_5"])
@each("loss", FORCES)
def test_alternating_descent_is_on_the_unit_circle_for_small_rates(loss, kind):
    """Section 2: up to 2 / (sqrt(n) |f'(0)|), n steps of D; beyond, one eigenvalue is outside."""
    (j,) = LinearCritic(loss, [Penalty()]).jacobians()
    bound = 2.0 / (np.sqrt(dirac.KINDS[kind]) * FORCES[loss])
    inside, outside = (abs(np.linalg.eigvals(dirac.multiplier(j, kind, share * bound))) for share in (0.99, 1.01))
    np.testing.assert_allclose(inside, 1.0, rtol=1e-12)
    assert outside.max() > 1.1


@each("gamma", [0.1, 0.3, 1.0, 3.0])
@each("build", [data.r1, data.r2])
@each("loss", FORCES)
def test_r1_and_r2(loss, build, gamma):
    """Section 3: -gamma / 2 +- sqrt(gamma^2 / 4 - f'(0)^2)."""
    root = np.sqrt(gamma**2 / 4.0 - FORCES[loss] ** 2 + 0j)
    # A double eigenvalue has half of the digits.
    np.testing.assert_allclose(
        eigenvalues(loss, charged(gamma, build)), np.sort_complex([-gamma / 2 - root, -gamma / 2 + root]), rtol=1e-7
    )


def test_wgan_gp_has_no_rate_and_does_not_converge():
    run, *_ = dirac.run("wgan", ["wgan_gp"], ["simultaneous"])
    assert (run.eigenvalues, run.predicted, run.simulated) == (None, None, None)
    assert 0.5 < run.left < 2.0


def test_an_infinite_curvature_has_no_rate():
    with np.errstate(all="ignore"):
        (run,) = dirac.run(steep, ["r1"], ["simultaneous"], 20)
    assert (run.eigenvalues, run.predicted) == (None, None)


def test_a_bias_where_the_optimum_needs_one():
    assert {name: LinearCritic(name, [Penalty()]).size for name in ("hinge", "lsgan", "l1", "fgan_kl")} == {
        "hinge": 2,
        "lsgan": 3,
        "l1": 3,
        "fgan_kl": 3,
    }
    game = LinearCritic("lsgan", [Penalty(), PENALTIES["centring"]])
    # 2 (b - 1) + 2 b + 8 * 0.3 b = 0.
    np.testing.assert_allclose(game.at[2], [0.5, 2.0 / 6.4], rtol=1e-12)
    np.testing.assert_allclose(game.velocity(game.at), 0.0, atol=1e-12)


def agree(name, steps):
    with np.errstate(all="raise", under="ignore"):
        runs = list(dirac.run(name, list(PENALTIES), list(dirac.KINDS), steps))
    assert len(runs) == 40
    for run in runs:
        assert run.agrees, run[:7]
        assert (run.predicted is None) == (run.simulated is None) == (run.eigenvalues is None or run.step == "adam")


@pytest.mark.parametrize("name", reproduce.QUICK)
def test_the_simulated_rate_is_the_predicted_one(name):
    agree(name, 60)


@pytest.mark.long
def test_every_simulated_rate_is_the_predicted_one():
    for name in dirac.names():
        agree(name, dirac.STEPS)


def test_a_wrong_prediction_is_noticed():
    run, *_ = dirac.run("logistic", ["r1"], ["simultaneous"], 60)
    assert not run._replace(predicted=run.predicted * 1.002).agrees
    assert not run._replace(simulated=float("nan")).agrees


def test_what_is_left_out():
    reasons = {name: dirac.left_out(name) for name in registry.names()}
    of_logits = {name: reason for name, reason in reasons.items() if not facts.rules_of(name).sample.axes}
    assert {name: reason for name, reason in of_logits.items() if reason} == {
        "apo_down": "D's best logit is -inf to -253.284",
        "tprls": "one pair of logits gives no gradient",
    }
    assert len(of_logits) == 57


LEFT = (("Adam, ", "none"), ("Adam, ", "r1"), ("", "wgan_gp"), ("alternating, ", "wgan_gp"))
STEPS_OF = {"Adam, ": "adam", "": "simultaneous", "alternating, ": "alternating"}


@pytest.mark.parametrize("name", ["logistic", "lsgan", "ralsgan", "wasserstein"])
def test_the_table_of_the_page(name):
    tables = PAGE.read_text().split("### ")[1:3]
    rates, left = (
        [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith(("| loss", f"| `{name}`"))]
        for table in tables
    )
    printed = {key.replace("`", ""): value for key, value in zip(*rates, strict=True)}
    assert eigenvalues(name).imag.max() == pytest.approx(float(printed["slope"]))
    for heading, value in printed.items():
        kind, _, penalty = heading.rpartition(", ")
        if penalty in PENALTIES:
            (j,) = LinearCritic(name, [PENALTIES[penalty]]).jacobians()
            rate = abs(np.linalg.eigvals(dirac.multiplier(j, kind or "simultaneous"))).max()
            assert f"{rate:.4f}" == value, heading
    assert left[0] == ["loss", *(f"{kind}`{penalty}`" for kind, penalty in LEFT)]
    for (kind, penalty), value in zip(LEFT, left[1][1:], strict=True):
        (run,) = dirac.run(name, [penalty], [STEPS_OF[kind]])
        assert f"{run.left:.3f}" == value, (kind, penalty)
