"""`ganloss reproduce r3gan`, `gaussians` and `critics`, as a user types them; a critic which is not the best is seen."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import ganloss_jax._reproduce
import ganloss_torch._reproduce
from frameworks import assert_within
from ganloss_core.command import reproduce
from ganloss_core.reproduce import critics, gaussians


def called(*arguments):
    return CliRunner().invoke(reproduce.app, arguments, env={"COLUMNS": None})


QUICK = ("--steps", "10", "--seeds", "1")


def test_r3gan(monkeypatch, tmp_path):
    from ganloss_core.reproduce import r3gan

    # 300 reals have 300 modes at most.
    monkeypatch.setattr(r3gan, "SAMPLES", 300)
    monkeypatch.setattr(r3gan, "MODES", 200)
    file = tmp_path / "digits.png"
    arguments = ("r3gan", *QUICK, "--loss", "logistic", "--backend", "torch", "--dtype", "float32", "--out", str(file))
    done = called(*arguments, "--json", "--gamma", "0.5")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout.removesuffix(f"{file}\n"))
    assert [(run["loss"], run["penalty"], run["weight"]) for run in said["runs"]] == [
        ("logistic", "r1_r2", 0.5), ("logistic", "r1", 0.5), ("logistic", "none", 0.0)
    ]  # fmt: skip
    assert said["runs"][0]["looks"].keys() == {"2", "4", "6", "8", "10"}
    assert np.shape(said["runs"][0]["losses"]) == (10, 2)
    assert said["apart"] == []
    assert said["accuracy"] > 0.98
    assert file.stat().st_size > 10_000
    monkeypatch.setattr(r3gan, "MODES", 301)
    done = called(*arguments, "--penalty", "none")
    assert done.exit_code == 1
    assert done.stdout.startswith("logistic, none\ttorch\t")
    assert "right about 99.2% of the digits" in done.stdout


def test_gaussians(monkeypatch, tmp_path):
    file = tmp_path / "gaussians.png"
    arguments = ("gaussians", *QUICK, "--mixture", "ring", "--loss", "rpgan", "--penalty", "r1_r2", "--dtype", "float64")
    done = called(*arguments, "--out", str(file))
    assert done.exit_code == 0, done.output
    rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert [row[:2] for row in rows[:2]] == [["relativistic_paired_logistic, r1_r2", each] for each in ("torch", "jax")]
    assert rows[2][0] == "reals"
    assert rows[3] == ["ring", "relativistic_paired_logistic, r1_r2", *["never"] * 4]
    assert "Their first steps are the same." in done.stdout
    assert file.stat().st_size > 10_000
    monkeypatch.setattr(ganloss_jax._reproduce, "SLOPE", 0.3)
    done = called(*arguments)
    assert done.exit_code == 1
    assert "Their first steps are not the same: relativistic_paired_logistic, r1_r2." in done.stdout
    monkeypatch.setattr(gaussians, "EXPECTED", 0.95)
    assert called(*arguments, "--backend", "torch").exit_code == 1


def test_critics(tmp_path):
    file = tmp_path / "critics.png"
    done = called("critics", "--loss", "logistic", "--loss", "ebgan", "--json", "--out", str(file))
    assert done.exit_code == 0, done.output
    runs = json.loads(done.stdout.removesuffix(f"{file}\n"))["runs"]
    x, real, fake = critics.densities()
    # D's best logit is the logarithm of the densities' ratio, and its loss falls by two Jensen-Shannon divergences.
    for run in runs[:2]:
        # Where the gradient, two products of a density, changes its sign.
        assert_within(np.array(run["logits"]), np.log(real / fake), 16)
        middle = (real + fake) / 2.0
        twice = np.sum(real * np.log(real / middle) + fake * np.log(fake / middle))
        # A sum over 61 places, each of which rounds a number of at most 2 log 2, 18 times the divergence, by half an ulp.
        assert_within(np.array([run["reached"], run["divergence"]]), np.full(2, twice), 61 * 18 / 2)
    # An energy is at least 0: low for what is likelier real.
    for run in runs[2:]:
        assert run["logits"] == np.where(real > fake, 0.0, 1.0).tolist()
    assert runs[0]["x"] == x.tolist()
    assert file.stat().st_size > 10_000


def test_a_critic_that_is_not_the_best_is_seen(monkeypatch):
    d_loss = ganloss_torch._reproduce.discriminator_loss
    factor = 1.0 + 1e-9

    def another(loss, real, fake, **weights):
        return d_loss(loss, real, fake * factor, **weights)

    monkeypatch.setattr(ganloss_torch._reproduce, "discriminator_loss", another)
    done = called("critics", "--loss", "lsgan")
    assert done.exit_code == 1
    assert "2 critics were trained; not the best: 1." in done.stdout
    assert "lsgan, torch: error" in done.stdout
    assert "0.25 times the triangular discrimination" in done.stdout
    # Too few steps are no optimum either.
    assert called("critics", "--loss", "lsgan", "--backend", "jax", "--steps", "10").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("r3gan", "--loss", "mdd"), "mdd: the critic returns vectors"),
        (("r3gan", "--penalty", "r3"), "penalty 'r3': it is one of none, r1"),
        (("gaussians", "--backend", "numpy"), "backend 'numpy': it is one of torch, jax"),
        (("gaussians", "--mixture", "line"), "mixture 'line': it is one of grid, ring, narrow_grid, narrow_ring"),
        (("gaussians", "--pack", "3"), "a batch of 128 samples is not divisible by pack=3"),
        (("gaussians", "--dtype", "float16"), "--dtype 'float16': it is float64 or float32"),
        (("gaussians", "--out", "a.xyz"), "no image of that kind"),
        (("critics", "--loss", "rpgan"), "its best logit depends on all others"),
        (("critics", "--loss", "wgan"), "wasserstein: D wants infinite logits"),
    ],
)
def test_what_is_refused(arguments, said, capsys):
    done = called(*arguments)
    assert done.exit_code == 2
    assert said in " ".join((done.output + capsys.readouterr().err).split())
