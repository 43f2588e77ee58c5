"""The command, as a user types it."""

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cases import each
from command import one_word, run
from ganloss_core import WORDS, dialects, family, names, unregister
from ganloss_torch.twin import TorchTrainer

MINE = """
from ganloss_core import Loss, register

@register
def cli_mine(ops, *, slope: float = 1.0):
    return Loss(real=lambda t: ops.softplus(-slope * t), fake=lambda t: ops.softplus(slope * t))
"""
CANCELS = """
from ganloss_core import Loss, register

@register
def cli_cancels(ops):
    return Loss(real=lambda t: ops.softplus(t) - t, fake=ops.softplus)
"""


@pytest.fixture(autouse=True)
def _one_word(monkeypatch):
    monkeypatch.setattr("ganloss_core.check.check_words", one_word)


@pytest.fixture
def module(tmp_path):
    """Write a file of losses; what it registers is removed again."""
    before, path, modules = set(names()), list(sys.path), set(sys.modules)

    def write(text):
        file = tmp_path / f"losses_{abs(hash(text))}.py"
        file.write_text(text)
        return str(file)

    yield write
    for name in set(names()) - before:
        unregister(name)
    sys.path[:] = path
    for name in [name for name in set(sys.modules) - modules if name.startswith(("_losses_in_", "beside_"))]:
        del sys.modules[name]


def test_check_prints_a_table():
    result = run(
        "check", "--loss", "RpGAN", "--backend", "numpy", "--backend", "torch", "--dtype", "float32", "--dtype", "float64"
    )
    assert result.exit_code == 0, result.output
    assert "relativistic_paired_logistic" in result.output
    assert "all within bounds" in result.output
    assert "Largest difference between two backends" in result.output


def test_check_prints_json(monkeypatch):
    monkeypatch.undo()
    result = run("check", "--loss", "hinge", "--backend", "numpy", "--dtype", "float64", "--json")
    report = json.loads(result.stdout)
    assert report["ok"] is True
    assert {row["name"] for row in report["rows"]} == {"hinge", *WORDS}


def test_check_a_users_module(module):
    result = run("check", "--module", module(MINE), "--backend", "numpy")
    assert result.exit_code == 0, result.output
    assert "cli_mine" in result.output
    assert "lsgan" not in result.output


def test_check_fails_when_out_of_bounds(module):
    result = run("check", "--module", module(CANCELS), "--backend", "torch", "--dtype", "float32")
    assert result.exit_code == 1, result.output
    assert "out of bounds" in result.output
    assert "cli_cancels discriminator torch float32: value" in result.output


@each(
    ("arguments", "message"),
    [
        (["--loss", "hinged"], "unknown loss 'hinged': did you mean 'hinge'"),
        (["--backend", "tensorflow"], "unknown backend 'tensorflow'"),
        (["--dtype", "int8"], "unknown dtype 'int8'"),
        (["--module", "nowhere.py"], "no such Python file"),
        (["--backend", "torch", "--device", "quantum"], "quantum"),
        (["--backend", "numpy", "--dtype", "float16"], "no backend here (numpy) computes in float16"),
        (["--backend", "numpy", "--device", "gpu"], "nothing to check on 'gpu': numpy compute on the CPU"),
        (["--loss", "[/x]"], "unknown codebase '['"),
        (["--loss", "[x]"], "unknown loss '[x]'"),
        (["--backend", "jax", "--device", "quantum"], "quantum"),
        (["--backend", "numpy", "--devices", "3"], "nothing to check on 3 devices: numpy has one"),
        (["--device", "gpu", "--devices", "3"], "several devices are processes and host devices on the CPU, got device='gpu'"),
    ],
)
def test_check_says_what_is_wrong(arguments, message):
    result = run("check", *arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


WITH_HELPERS = """
from __future__ import annotations

from dataclasses import dataclass

from beside_it import slope
from ganloss_core import Loss, Ops, register


@dataclass(frozen=True)
class Slopes:
    real: float = slope


@register
def cli_helped(ops: Ops, *, factor: float = 1.0) -> Loss:
    from beside_it_later import sign

    return Loss(real=lambda t: ops.softplus(sign * Slopes().real * t), fake=lambda t: ops.softplus(factor * t))
"""


def test_check_a_module_as_python_would_run_it(module):
    file = Path(module(WITH_HELPERS))
    (file.parent / "beside_it.py").write_text("slope = 0.5\n")
    (file.parent / "beside_it_later.py").write_text("sign = -1.0\n")
    result = run("check", "--module", str(file), "--backend", "numpy", "--dtype", "float64")
    assert result.exit_code == 0, result.output
    assert "cli_helped" in result.output


def test_check_a_module_without_losses(module):
    result = run("check", "--module", module("x = 1\n"))
    assert result.exit_code == 2
    assert "registers no loss" in result.output.replace("\n", " ")


NO_RETURN = """
from ganloss_core import BatchLoss, Sides, register


def term(t):
    -t


@register
def cli_no_return(ops):
    return BatchLoss(discriminator=lambda r, f, E: Sides(real=term(r), fake=f))
"""


@pytest.mark.parametrize(
    "text", ["def broken(:\n", "raise RuntimeError('[/b]')\n", MINE.replace("slope * t)", "slop)"), NO_RETURN]
)
def test_check_a_module_that_fails(module, text):
    result = run("check", "--module", module(text), "--backend", "numpy")
    assert result.exit_code == 2
    assert "Error" in result.output


def test_json_is_json_when_a_loss_overflows(module):
    text = CANCELS.replace("softplus(t) - t", "exp(60.0 * t) / (1.0 + ops.exp(60.0 * t))")
    result = run("check", "--module", module(text), "--json", "--dtype", "float32")
    assert result.exit_code == 1

    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(result.stdout, parse_constant=refuse)["ok"] is False


def test_a_module_may_have_any_name(tmp_path, module):
    file = tmp_path / "torch.py"
    file.write_text(MINE.replace("cli_mine", "cli_torch"))
    module("")
    assert run("check", "--module", str(file), "--backend", "torch", "--dtype", "float32").exit_code == 0
    assert sys.modules["torch"].__name__ == "torch"
    assert hasattr(sys.modules["torch"], "nn")


def test_list_has_every_name():
    for columns in ("300", None):
        result = run("list", columns=columns)
        assert all(name in result.output for name in names(aliases=True))
    lines = result.output.splitlines()
    assert [line.split("\t")[0] for line in lines] == sorted(names(), key=lambda name: (family(name), name))
    assert {loss["name"] for loss in json.loads(run("list", "--json").stdout)} == set(names())


@pytest.mark.parametrize(
    ("about", "found"),
    [
        (["ragan"], ["relativistic_average_logistic", "esrgan/ragan", "kair/ragan"]),
        (["taming"], ["taming/hinge", "taming/vanilla"]),
        (["HINGE", "paired"], ["relativistic_paired_hinge"]),
    ],
)
def test_list_what_is_about(about, found):
    assert [line.split("\t")[0] for line in run("list", *about, columns=None).output.splitlines()] == found


def test_list_nothing():
    result = run("list", "nothing", "like")
    assert result.exit_code == 2
    assert "no loss has nothing and like in its name, its aliases, its family or its codebase" in result.output


def test_list_one_family():
    result = run("list", "--family", "hinge", "--family", "mmd")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines() if not line.startswith((" ", "loss "))] == [
        "hinge",
        "hinge2",
        "cramer_gan",
        "energy_distance",
        "mmd_gaussian",
        "mmd_rational_quadratic",
        "mmd_repulsive",
    ]
    result = run("list", "--family", "hinges")
    assert result.exit_code == 2
    assert "unknown family 'hinges': the families are batch, classes" in result.output


def test_show():
    result = run("show", "NSGAN")
    assert result.exit_code == 0
    for part in (
        "logistic",
        "vanilla",
        "real_label: float = 1.0",
        "arXiv:1406.2661",
        "E softplus(-r) + E softplus(f)",
        "D 1.386, G 0.6931, D's best logit 0",
        "with it D sends 6 numbers and G sends 3 numbers",
        "-1.386 at 1/4",
        "2 times the Jensen-Shannon divergence",
    ):
        assert part in " ".join(result.output.split())
    assert run("show", "nope").exit_code == 2
    assert r"\operatorname{softplus}\left(-r\right)" in run("show", "nsgan", "--tex").output
    told = json.loads(run("show", "nsgan", "--json").stdout)
    assert (told["name"], told["D minimises"]) == ("logistic", "E softplus(-r) + E softplus(f)")
    assert re.search(r"log, D has won +D 9.08e-05, G 10 \(real logits 10, fake -10\)", result.output)


def test_show_any_loss():
    for name in names():
        result = run("show", name)
        assert result.exit_code == 0, (name, result.output)
        assert "hyperparameters" in result.output, name


def test_dialects():
    result = run("dialects", columns=None)
    assert [line.split("\t")[0] for line in result.output.splitlines()] == list(dialects.names())
    result = run("dialects", "Taming", "esrgan", columns="300")
    assert [line.split()[0] for line in result.output.splitlines()[1:]] == [
        "taming/hinge", "taming/vanilla", "esrgan/ragan", "esrgan/vanilla"
    ]  # fmt: skip
    assert "logistic" in result.output
    assert "with the linear generator, D times 0.5" in result.output
    result = run("dialects", "tamming")
    assert result.exit_code == 2
    assert "unknown codebase 'tamming': did you mean 'taming'" in result.output


@each("name", ["taming/vanilla", "tfgan/minimax", "studiogan/mh", "esrgan/ragan", "open_magvit2/hinge"])
def test_show_a_dialect(name):
    result = run("show", name)
    assert result.exit_code == 0, result.output
    assert re.search(rf"family +{name.split('/')[0]} ", result.output)
    assert dialects.codebase(name.split("/")[0]).repository in result.output


@each(
    ("first", "second", "parts"),
    [
        (
            "mmagic/lsgan",
            "torchgan/lsgan",
            ["torchgan/least_squares", "D: the second is 0.5", "G: the second is 0.5 times"],
        ),
        ("hinge", "geometric", ["D: the second is the same as", "G: the second is the same as"]),
        (
            "rasgan",
            "esrgan/ragan",
            ["D: the gradients point in different directions, with a cosine of 0.9", "G: the"],
        ),
        ("hinge", "hifigan/lsgan", ["several heads", "of several, the first takes the mean and the second the sum"]),
        ("logistic", "open_magvit2/non_saturate", ["each logit counts", "each sample's mean logit counts"]),
        ("minimax", "tfgan/minimax", ["G: the second is the same as the first, and the value differs by -0.3133 besides"]),
        (
            "ralsgan_unbiased",
            "relativistic_f_divergences/ralsgan_unbiased",
            ["G: the second gradient is the same"],
        ),
        ("multi_hinge", "studiogan/mh", ["mh_lambda", "D: the second is the same as the first"]),
        ("ebgan", "torchgan/energy_based", ["80 - f", "G: the second is the same as"]),
    ],
)
def test_diff(first, second, parts):
    result = run("diff", first, second)
    assert result.exit_code == 0, result.output
    for part in parts:
        assert part in result.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hinge", "taming/hing"], "unknown loss of taming 'taming/hing': did you mean 'taming/hinge'"),
        (["hinge", "acgan"], "one is a loss of logits and the other of vectors"),
        (["hinge", "hinge2", "--out", "a.txt"], "a.txt: no image of that kind can be written"),
    ],
)
def test_diff_says_what_is_wrong(arguments, message):
    result = run("diff", *arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


def test_diff_draws_both(tmp_path):
    file = tmp_path / "both.svg"
    assert run("diff", "mmagic/lsgan", "torchgan/lsgan", "--out", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"<?xml")


def test_plot(tmp_path):
    file = tmp_path / "losses.png"
    result = run("plot", "hinge", "rahinge", "ralsgan_unbiased", "softmax_gan", "--out", str(file))
    assert result.exit_code == 0, result.output
    assert str(file) in result.output.replace("\n", "")
    assert file.read_bytes().startswith(b"\x89PNG")


def test_what_a_plot_draws():
    from ganloss_core import pictures

    t = np.linspace(-2.0, 2.0, 5)
    curves = [pictures.curve("hinge", player, side, t) for player, side in pictures.PANELS]
    values, slopes = zip(*curves, strict=True)
    np.testing.assert_array_equal(values, [np.maximum(0, 1 - t), np.maximum(0, 1 + t), -t])
    np.testing.assert_array_equal(slopes, [-1.0 * (t < 1.0), t > -1.0, [-1.0] * 5])
    # Against a real logit of 0.
    values, slopes = pictures.curve("rpgan", "discriminator", "fake", t)
    # The word's budget is 4 ulp, and NumPy's two roundings come on top.
    eps = np.finfo(float).eps
    np.testing.assert_allclose(values, np.logaddexp(0, t), rtol=6 * eps)
    np.testing.assert_allclose(slopes, 1 / (1 + np.exp(-t)), rtol=6 * eps)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hinged"], "unknown loss 'hinged': did you mean 'hinge'"),
        (["acgan"], "acgan is a loss of vectors, which has no curve against a logit"),
        (["hinge", "--out", "losses.txt"], "losses.txt: no image of that kind can be written: use .png, .svg or .pdf"),
        (["hinge", "--out", "nowhere/losses.png"], "nowhere/losses.png: there is no folder nowhere"),
        (["hinge", "--out", "losses"], "losses: no image of that kind can be written: use .png, .svg or .pdf"),
        (["hinge", "--largest", "inf"], "the largest logit must be finite, got inf"),
    ],
)
def test_plot_says_what_is_wrong(arguments, message):
    result = run("plot", *arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


def test_twin(tmp_path):
    file = tmp_path / "twin.png"
    result = run(
        "twin", "--loss", "hinge", "--loss", "rahinge", "--steps", "20", "--dtype", "float32", "--seed", "1", "--out", str(file)
    )
    assert result.exit_code == 0, result.output
    assert "20 steps in float32" in result.output
    rows = [line.split() for line in result.output.splitlines() if line.endswith("ok")]
    assert [row[0] for row in rows] == ["hinge", "relativistic_average_hinge"]
    assert all(float(apart) <= float(bound) for row in rows for apart, bound in (row[3:5], row[5:7]))
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--loss", "hinged"], "unknown loss 'hinged': did you mean 'hinge'"),
        (["--dtype", "float16"], "the twin trains in float64 or float32, got 'float16'"),
        (["--out", "twin"], "twin: no image of that kind can be written"),
        (["--out", "nowhere/twin.png"], "nowhere/twin.png: there is no folder nowhere"),
    ],
)
def test_twin_says_what_is_wrong(arguments, message):
    result = run("twin", *arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")


def test_a_twin_that_parts_fails(monkeypatch):
    monkeypatch.setattr("ganloss_core.twin.divergence.SLACK", 1e-3)
    # PyTorch, off by rounding, in JAX's place: it compiles nothing.
    monkeypatch.setattr("ganloss_jax.twin.trainer", partial(TorchTrainer, nudge_seed=0))
    result = run("twin", "--loss", "hinge", "--steps", "3")
    assert result.exit_code == 1
    assert "too far" in result.output


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "ganloss_core", "show", "hinge"]
    assert "relu(margin - r)" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


@each("columns", ["60", "80", "120"])
@each(
    "arguments",
    [
        ("list",),
        ("list", "hinge"),
        ("show", "rasgan"),
        ("show", "realness"),
        ("show", "r3gan/rpgan", "--tex"),
        ("dialects", "mmagic"),
        ("diff", "lsgan", "lsgan(real_label=0.9)"),
        ("check", "--loss", "hinge", "--backend", "numpy", "--backend", "torch", "--dtype", "float32"),
        ("--help",),
        ("check", "-h"),
    ],
)
def test_nothing_is_cut_off_at_any_width(arguments, columns):
    result = run(*arguments, columns=columns)
    assert result.exit_code == 0
    # A sentence of the verdict is one line, which the terminal wraps.
    tables = [
        line for line in result.output.splitlines() if not re.match(r"[DG]: |\d+ points|.*worst error in ulp|Largest", line)
    ]
    assert max(map(len, tables)) <= int(columns)
    # Of its own tables of options typer cuts what is long.
    assert "…" not in result.output or "Usage" in result.output


def test_piped_rows_are_lines():
    for arguments in (("list",), ("show", "hinge"), ("dialects", "mmagic"), ("diff", "hinge", "hinge2")):
        first, *_ = run(*arguments, columns=None).output.splitlines()
        assert "\t" in first or arguments[0] == "show"


def test_hyperparameters_in_a_name(tmp_path):
    result = run("show", "LSGAN(real_label=0.9)")
    assert "E (r - 0.9)² + E f²" in result.output
    assert "real_label: float = 0.9" in result.output
    assert "G: the second is the same as the first." in run("diff", "lsgan", "lsgan(real_label=0.9)").output
    file = tmp_path / "both.svg"
    assert run("plot", "hinge", "hinge(margin=0.5)", "--out", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"<?xml")
    for wrong, message in (
        ("lsgan(0.9)", "'lsgan(0.9)': write hyperparameters as lsgan(real_label=0.9, fake_label=0)"),
        ("lsgan(real_label=", "write hyperparameters as"),
        ("lsgan(margin=1.0)", "margin"),
        ("lsgan(real_label='a')", "real_label"),
    ):
        result = run("show", wrong)
        assert result.exit_code == 2
        assert message in result.output.replace("\n", " ")


def test_a_users_module_everywhere(module, tmp_path):
    file = module(MINE)
    assert "E softplus(-r) + E softplus(f)" in run("show", "cli_mine", "--module", file).output
    unregister("cli_mine")
    assert "D: the second is the same as the first." in run("diff", "logistic", "cli_mine", "--module", file).output
    unregister("cli_mine")
    assert run("plot", "--module", file, "--out", str(tmp_path / "a.svg")).exit_code == 0
    assert "which losses? ganloss plot hinge lsgan" in run("plot").output


def test_version_and_help():
    from importlib.metadata import version

    assert run("--version").output == f"ganloss {version('ganloss')}\n"
    assert run("-h").output == run("--help").output
    assert "--install-completion" in run("-h").output


def test_where_a_loss_is_out_of_bounds(module):
    file = module(CANCELS)
    result = run("check", "--module", file, "--backend", "torch", "--dtype", "float32")
    assert re.search(
        r"at real=\[.*\], fake=\[.*\] the (value|gradient by fake\[\d\]) is .*, exactly .*: digits cancel", result.output
    )
    unregister("cli_cancels")
    row = json.loads(run("check", "--module", file, "--backend", "torch", "--dtype", "float32", "--json").stdout)["rows"][-1]
    assert set(row["where"]) == {"real", "fake", "what", "got", "exact", "ulps"}
