"""`ganloss reproduce`, as a user types it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ganloss_core.command import reproduce
from ganloss_core.reproduce import dirac


def called(*arguments):
    return CliRunner().invoke(reproduce.app, ["dirac", *arguments])


def test_the_command(tmp_path):
    file = tmp_path / "dirac.png"
    done = called("--loss", "hinge", "--loss", "lsgan", "--penalty", "r1", "--steps", "20", "--json", "--out", str(file))
    assert done.exit_code == 0
    said = json.loads(done.stdout.removesuffix(f"{file}\n"))
    assert [run["loss"] for run in said["runs"]] == ["hinge"] * 4 + ["lsgan"] * 4
    assert said["runs"][0]["eigenvalues"] == [[-0.15, pytest.approx(x)] for x in (np.sqrt(1 - 0.0225), -np.sqrt(1 - 0.0225))]
    assert file.stat().st_size > 10_000


def test_the_command_prints_one_loss_in_detail_and_many_as_tables():
    assert "kink" in called("--loss", "wgan", "--steps", "20").stdout
    done = called("--quick", "--steps", "20", "--step", "simultaneous")
    assert done.exit_code == 0
    assert "54 rates were simulated; all are as predicted" in done.stdout


def test_the_command_fails_where_the_two_disagree(monkeypatch):
    monkeypatch.setattr(dirac, "DIGITS", -1.0)
    done = called("--loss", "hinge", "--penalty", "r1", "--step", "simultaneous", "--step", "adam", "--steps", "20")
    assert done.exit_code == 1
    assert "1 rates were simulated; not as predicted: 1." in done.stdout
    assert "hinge, r1, simultaneous: predicted 0.98995, simulated 0.98" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--loss", "mdd"), "mdd: the critic returns vectors"),
        (("--penalty", "r3"), "it is one of none, r1"),
        (("--step", "slow"), "it is one of simultaneous"),
        (("--out", "a.xyz", "--quick"), "no image of that kind"),
    ],
)
def test_what_it_refuses(arguments, said, capsys):
    done = called(*arguments)
    assert done.exit_code == 2
    assert said in " ".join((done.output + capsys.readouterr().err).split())
