"""The examples run, train both players, and leave nothing behind."""

import importlib.util
import math
import re
from pathlib import Path

import numpy as np
import pytest

from ganloss_core import names, unregister
from processes import start

FOLDER = Path(__file__).parents[1] / "examples"
# D's loss where all logits are 0.
TRAININGS = {
    "pytorch_loop": 2.0,
    "stylegan2_loop": 2 * math.log(2),
    "lightning_manual": 2 * math.log(2),
    "flax_nnx_optax": math.log(2),
    "equinox_loop": 1.0,
    "basicsr_two_backwards": 2 * math.log(2),
}
ON_TWO = ("ddp_digits", "shard_map_digits")


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Lightning 2.6 with torch 2.13.
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning")
@pytest.mark.parametrize("name", TRAININGS)
def test_a_training(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    losses = np.array(load(name).main(steps=60))
    assert losses.shape == (60, 2)
    assert np.isfinite(losses).all()
    d_losses, start = losses[:, 0], TRAININGS[name]
    # Fresh networks give logits near 0, not 0.
    assert d_losses[0] == pytest.approx(start, rel=0.3)
    # A D that is not trained never falls below 0.99 of its start; one whose G is not trained ends below 0.04 of it.
    assert d_losses.min() < 0.9 * start
    assert d_losses[-10:].mean() > 0.05 * start
    assert not list(tmp_path.iterdir())


def test_your_own_loss(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    before = names()
    try:
        report = load("your_own_loss").main()
    finally:
        unregister("logcosh")
    assert report.ok
    assert {row.backend for row in report.rows} == {"torch", "jax", "numpy"}
    in_torch, in_jax = (
        [float(x) for x in re.findall(r"-?\d+\.\d+", line)] for line in capsys.readouterr().out.splitlines()[-2:]
    )
    assert len(in_torch) == 5
    # float32, of which six to eight decimals are printed.
    assert in_jax == pytest.approx(in_torch, rel=8 * 2.0**-23, abs=1e-6)
    assert names() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ON_TWO)
def test_two_devices_train_as_one(name, monkeypatch, tmp_path):
    # Processes that are started import the module by its name, and have PyTorch from the one that starts them.
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr("torch.multiprocessing.spawn", lambda function, args, nprocs: start(function, *args, n=nprocs))
    picture = tmp_path / "losses.png"
    one, two = np.array(importlib.import_module(name).main(steps=10, picture=str(picture)))
    assert one.shape == (10, 2)
    # Roundings of float64 grow by less than a factor of 10 in each step.
    np.testing.assert_allclose(two, one, rtol=1e-9)
    assert one[:, 0].min() < 0.95 * one[0, 0]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_every_example_is_run_and_fits_on_a_screen():
    files = {path.stem: path.read_text().splitlines() for path in FOLDER.glob("*.py")}
    assert set(files) == {*TRAININGS, *ON_TWO, "your_own_loss"}
    assert {name: len(lines) for name, lines in files.items() if len(lines) > (80 if name in ON_TWO else 60)} == {}
