"""What the README shows, run."""

import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from ganloss_core import dialects, get, names, unregister
from ganloss_core.check import check, runners

TEXT = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_first_lines():
    values = []
    for block in BLOCKS[:2]:
        scope = {}
        exec(block, scope)
        values.append(scope["d_loss"] + scope["g_loss"])
    assert isinstance(values[0], torch.Tensor)
    assert jnp.isfinite(values[1])


@pytest.mark.parametrize(("gan", "ones"), [(ganloss_torch, torch.ones), (ganloss_jax, jnp.ones)])
def test_the_face(gan, ones):
    scope = {"gan": gan, "loss": gan.GANLoss("hinge"), "mask": ones((8, 1)) > 0, "target_is_real": True}
    scope |= {key: ones((8, 1)) for key in ("real", "fake", "logits")}
    lines = [line for line in BLOCKS[2].splitlines() if line and not line.startswith(" ")]
    assert len(lines) == 15
    for line in lines:
        exec(line, scope)


@pytest.mark.parametrize(("gan", "ones"), [(ganloss_torch, torch.ones), (ganloss_jax, jnp.ones)])
def test_penalties(gan, ones):
    scope = {"gan": gan, "loss": gan.GANLoss("rpgan"), "critic": lambda x: (x * x).sum(1), "images": ones((4, 3))}
    exec(BLOCKS[3], scope | {"fakes": 0.5 * ones((4, 3))})


def test_recipes():
    scope = {"gan": ganloss_torch, "critic": lambda x: (x * x).sum(1), "images": torch.ones((4, 3))}
    exec(BLOCKS[4], scope | {"fakes": torch.zeros((4, 3), requires_grad=True)})


@pytest.mark.parametrize("adapter", ["torch", "jax"], indirect=True)
def test_labels(adapter):
    draw = np.random.default_rng(0)
    real, fake = (adapter.array(draw.normal(size=(2, 3, 3, 5))) for _ in range(2))
    labels = draw.integers(0, 4, (2, 3, 3))
    labels[0, 0, 0] = 255
    scope = {"gan": adapter.module, "real": real, "fake": fake, "labels": adapter._weight(labels)}
    with pytest.raises(ValueError, match=r"fake_labels must be in 0\.\.3, got 0\.\.255"):
        exec(BLOCKS[5], scope)
    scope["labels"] = adapter._weight(np.minimum(labels, 3))
    exec(BLOCKS[5], scope)
    assert float(scope["d_loss"]) > 0
    assert float(scope["g_loss"]) > 0


def test_every_loss_is_in_a_table():
    rows = [re.findall(r"`([a-z0-9_{},.]+)`", line.split("|")[1]) for line in TEXT.splitlines() if line.startswith("| `")]
    patterns = [re.sub(r"\{[^}]*\}", "[a-z_0-9]+", name) for row in rows for name in row]
    for name in names():
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name


def test_every_codebase_is_in_the_table_or_below_it():
    section = TEXT.split("## Coming from another codebase")[1].split("\n## ")[0]
    for codebase in dialects.codebases():
        assert re.search(rf"`{codebase}[`/]", section), codebase
        drop_in = dialects.codebase(codebase).drop_in
        assert drop_in in section
    for name in re.findall(r"`([a-z0-9_]+/[a-z0-9_]+)`", section):
        get(name)


def test_a_loss_of_your_own():
    try:
        scope = {}
        exec(BLOCKS[6], scope)
        assert check(["smooth-hinge"], runners(), dtypes=["float32"]).ok
        assert ganloss_torch.GANLoss("softplus_hinge", margin=0.5) is not None
    finally:
        unregister("softplus_hinge")
