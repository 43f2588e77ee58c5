"""What the pages say of critics, of other libraries, and of papers."""

import re
from collections import defaultdict
from pathlib import Path

import jax.numpy as jnp
import pytest
import torch
from flax import serialization, struct

import ganloss_jax
import ganloss_torch as gan

ROOT = Path(__file__).parents[1]
FRAMEWORKS = pytest.mark.parametrize(("g", "ones"), [(gan, torch.ones), (ganloss_jax, jnp.ones)], ids=["torch", "jax"])


@FRAMEWORKS
def test_points_between_and_around_take_the_arguments_of_reals(g, ones):
    critic = lambda x, y: (x * y).sum(1)
    x = ones((2, 4))
    seen = g.observe(critic, real=x, fake=2.0 * x, real_args=(3.0,), fake_args=(7.0,))
    # A slope of 3 in each of 4 coordinates.
    assert g.wgan_gp(seen, 1.0, mix=0.5 * ones((2,))) == (6.0 - 1.0) ** 2
    assert g.zero_centered(seen, 1.0, mix=0.5 * ones((2,))) == 36.0
    assert g.dragan(seen, 1.0, noise=x) == (6.0 - 1.0) ** 2
    assert g.r2(seen, 2.0) == (2.0 * 7.0) ** 2


@FRAMEWORKS
def test_a_dict_of_logits_and_features(g, ones):
    """All of a dict is heads, by design; the page has the line for a critic that returns features in one."""
    critic = lambda x: {"logits": x[:, :1], "features": 100.0 * x}
    x, loss = ones((4, 5)), g.GANLoss("wgan")
    seen = g.observe(critic, real=x, fake=-x)
    assert loss.discriminator(seen.real, seen.fake) == -101.0
    split = g.observe(lambda x: ((out := critic(x))["logits"], out["features"]), real=x, fake=-x)
    assert loss.discriminator(split.real, split.fake) == -2.0
    assert split.real_features.shape == (4, 5)


def test_a_loss_in_a_flax_dataclass_that_is_serialised():
    @struct.dataclass
    class State:
        step: jnp.ndarray
        loss: ganloss_jax.GANLoss = struct.field(pytree_node=False)

    state = State(jnp.ones(()), ganloss_jax.GANLoss("hinge", margin=2.0))
    again = serialization.from_bytes(state.replace(step=jnp.zeros(())), serialization.to_bytes(state))
    assert again.step == 1.0
    assert again.loss == state.loss


def test_a_paper_has_one_year():
    """Of its arXiv number or of its conference, but the same everywhere."""
    years = defaultdict(lambda: defaultdict(list))
    for path in (
        ROOT / "README.md",
        *(p for folder in ("docs", "src", "tests") for p in sorted((ROOT / folder).rglob("*.[mp][dy]"))),
    ):
        for year, number in re.findall(r"\b((?:19|20)\d\d)\b[\s,;:()\"'`#\[|]*arXiv:(\d{4}\.\d{4,5})", path.read_text()):
            years[number][year].append(path.name)
    assert len(years) > 100
    assert {number: dict(of) for number, of in years.items() if len(of) > 1} == {}
