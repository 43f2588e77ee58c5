"""`ganloss check my_module:my_d --is hinge` and `ganloss identify`, as a user types them."""

import json
import sys
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from ganloss_core.command.app import app

OWN = """
import torch
import torch.nn.functional as F


def d_loss(real, fake):
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def no_number(real, fake):
    return d_loss(real, fake) * float("nan")


def halved(real, fake):
    return 0.5 * d_loss(real, fake)


def g_loss(fake):
    return -fake.mean()


def r1(critic, real):
    real = real.detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(real).sum(), real, create_graph=True)
    return 5.0 * g.square().flatten(1).sum(1).mean()


def ambiguous(a):
    return a


class Criterion(torch.nn.Module):
    def forward(self, pred, target_is_real):
        return F.mse_loss(pred, torch.full_like(pred, 0.9 if target_is_real else 0.0))


criterion = Criterion()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_losses.py").write_text(OWN)
    (tmp_path / "in_both.py").write_text("import jax\nimport torch\n\ndef d(real, fake):\n    return real.mean()\n")
    (tmp_path / "in_numpy.py").write_text("def d(real, fake):\n    return fake.mean() - real.mean()\n")
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in ("own_losses", "_own_own_losses", "in_both", "in_numpy"):
        sys.modules.pop(name, None)


def run(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["own_losses:d_loss", "--is", "hinge", "--generator", "own_losses:g_loss"], 0, "D is hinge.\nG is hinge.\n"),
        (["own_losses.py:halved", "--is", "hinge"], 1, "D is 0.5 times hinge."),
        (["own_losses:d_loss", "--is", "hinge", "--strict", "--dtype", "float64"], 0, "D is hinge."),
        (
            ["own_losses:criterion", "--is", "lsgan", "--as", "one_sided", "--with", "real_label=0.9"],
            1,
            "G is not lsgan(real_label=0.9)",
        ),
        (["own_losses:criterion", "--is", "lsgan(real_label=0.9, generator_label=0.9)", "--as", "one_sided"], 0, "G is lsgan("),
        (["own_losses:r1", "--is", "r1", "--as", "penalty", "--with", "weight=10.0"], 0, "The penalty is r1(weight=10)."),
        (["in_numpy:d", "--is", "wgan"], 0, "D is wasserstein."),
    ],
)
def test_check(arguments, status, said):
    result = run("check", *arguments)
    assert result.exit_code == status, result.output
    assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "own_losses:d_loss"], "what is own_losses:d_loss said to be? ganloss check own_losses:d_loss --is hinge"),
        (["check", "--is", "hinge"], "--is says what a function of yours is"),
        (["check", "own_losses:nope", "--is", "hinge"], "own_losses has no 'nope'; it has "),
        (["check", "own_losses", "--is", "hinge"], "give a function as my_module:my_function"),
        (["check", "nowhere:d", "--is", "hinge"], "there is no module 'nowhere' here"),
        (["check", "nowhere.py:d", "--is", "hinge"], "nowhere.py: no such Python file"),
        (["check", "own_losses:d_loss", "--is", "hinged"], "unknown loss 'hinged': did you mean 'hinge'"),
        (["check", "own_losses:d_loss", "--is", "hinge", "--as", "critic"], "unknown role 'critic'"),
        (["check", "own_losses:d_loss", "--is", "hinge", "--with", "margin"], "'margin': give a hyperparameter as name=value"),
        (["check", "own_losses:d_loss", "--is", "hinge", "--backend", "mxnet"], "unknown backend 'mxnet'"),
        (["check", "own_losses:r1", "--is", "r1", "--as", "penalty"], "r1 needs its weight"),
        (["check", "in_both:d", "--is", "hinge"], "the module imports jax and torch: say whose arrays the function takes"),
        (["check", "--loss", "hinge", "--junit", "a.xml"], "--junit is for a function of yours"),
        (["check", "own_losses:d_loss", "--is", "hinge", "--devices", "2"], "--devices is for losses of ours"),
        (["check", "--loss", "hinge", "--every", "5"], "--every is for --exhaustive"),
        (["identify", "own_losses:ambiguous"], "discriminator: which of (a) are the real logits"),
        (["identify", "own_losses:Criterion"], "must be callable with logits, got the class Criterion"),
    ],
)
def test_what_is_wrong(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output


def test_reports(folder):
    result = run("check", "own_losses:halved", "--is", "hinge", "--json", "--junit", "report.xml")
    assert json.loads(result.stdout)["verdicts"] == ["D is 0.5 times hinge."]
    suite = ElementTree.parse(folder / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    nothing = json.loads(run("check", "own_losses:no_number", "--is", "hinge", "--json").stdout)
    assert (nothing["ok"], nothing["worst"]["got"]) == (False, "nan")
    assert "Worst for D" in suite.find("testcase/failure").text


def test_identify():
    result = run("identify", "own_losses:halved")
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert ["hinge", "D", "is", "0.5", "times", "it"] in lines
    assert ["taming/hinge", "D", "is", "the", "same"] in lines
    found = json.loads(run("identify", "own_losses:criterion", "--as", "one_sided", "--json").stdout)
    assert found[0]["loss"] == "lsgan(real_label=0.9, generator_label=0.9)"
    assert found[0]["is"] == "the same"


def test_exhaustive(folder):
    arguments = ("check", "--exhaustive", "--every", "65536", "--backend", "torch", "--resume", "kept.json")
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert [line.split()[1:3] for line in result.output.splitlines()][-1] == ["tanh", "1"]
    assert len(json.loads((folder / "kept.json").read_text())) == 12
    assert all(each["ok"] for each in json.loads(run(*arguments, "--json").stdout))
