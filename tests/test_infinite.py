"""Infinite logits: the limit, or the NaN that the contract's page admits."""

import re
from pathlib import Path

import numpy as np
import pytest

from adapters import LOGITS

PAGE = (Path(__file__).parents[1] / "docs/contract.md").read_text()
SECTION = PAGE.partition("## Infinite logits")[2].partition("## ")[0]
HAVE_NAN = set(re.findall(r"`(\w+)`", SECTION))


def value(adapter, loss, player, side, logit):
    sides = {"real": np.array([0.3, -0.7, 1.1, 0.2]), "fake": np.array([-0.4, 0.6, 0.1, -1.2])}
    sides[side][1] = logit
    return float(adapter.call(loss, player, *(adapter.array(x) for x in sides.values())))


def limit(adapter, loss, player, side, sign):
    # Squares of the larger ones are infinite already, and differences of these NaN.
    far = [value(adapter, loss, player, side, sign * size) for size in (1e5, 1e100, 1e300)]
    last = next(x for x in reversed(far) if not np.isnan(x))
    return last if abs(last) < 1e3 else np.copysign(np.inf, last)


@pytest.mark.parametrize("name", LOGITS)
def test_an_infinite_logit_gives_the_limit_or_the_nan_that_is_admitted(adapter, name):
    loss, nan = adapter.loss(name), False
    for player in ("discriminator", "generator"):
        for side in ("real", "fake"):
            for sign in (1.0, -1.0):
                got = value(adapter, loss, player, side, sign * np.inf)
                nan = nan or np.isnan(got)
                if not np.isnan(got):
                    assert got == pytest.approx(limit(adapter, loss, player, side, sign), abs=1e-9)
    assert nan == (name in HAVE_NAN)


def test_every_name_on_the_page_is_a_loss():
    assert set(LOGITS) >= HAVE_NAN


def test_the_limits_of_a_leaky_logit(adapter):
    loss = adapter.loss("monai/least_squares")
    for sign in (1.0, -1.0):
        for player, side in (("discriminator", "real"), ("discriminator", "fake"), ("generator", "fake")):
            assert value(adapter, loss, player, side, sign * np.inf) == np.inf
