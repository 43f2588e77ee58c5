"""What the README shows, run."""

import re
from pathlib import Path

import jax.numpy as jnp
import pytest
import torch

import ganloss_jax
import ganloss_torch
from ganloss_core import unregister
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
    assert len(lines) == 13
    for line in lines:
        exec(line, scope)


def test_a_loss_of_your_own():
    try:
        scope = {}
        exec(BLOCKS[3], scope)
        assert check(["smooth-hinge"], runners(), dtypes=["float32"]).ok
        assert ganloss_torch.GANLoss("softplus_hinge", margin=0.5) is not None
    finally:
        unregister("softplus_hinge")
