"""Every number of half precision, and each 4096th of float32, through every word; and what a longer run does."""

import json

import numpy as np
import pytest

from ganloss_core import WORDS
from ganloss_core.check import exhaustive, runners
from ganloss_core.check.exhaustive import Furthest, check_halves, check_numbers, numbers

EVERY = 4096


class Off:
    """A runner whose sigmoid is off by 16 ulp above 3."""

    name, ulps = "off", 8.0

    def word(self, name, x):
        wide = x.astype(np.float64)
        value = 1.0 / (1.0 + np.exp(-wide))
        return np.where(x > 3.0, value * (1 + 2.0**-19), value).astype(np.float32), value * (1.0 - value)


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_every_half_and_some_of_the_rest(name):
    (runner,) = runners([name])
    for furthest in check_halves(runner):
        assert furthest.ok, furthest
    for furthest in exhaustive([runner], every=EVERY):
        assert furthest.ok, furthest
        assert furthest.done == 1


@pytest.mark.filterwarnings("error")
def test_what_is_off_is_found_and_where():
    furthest = Furthest("off", "sigmoid", every=EVERY)
    with np.errstate(all="ignore"):
        check_numbers(Off(), furthest, numbers(EVERY, 0))
    assert not furthest.ok
    assert 15 < furthest.value_ulps < 33
    assert furthest.value_at > 3.0


def test_all_numbers_are_gone_through():
    every = 2**11
    bits = np.concatenate([numbers(every, chunk) for chunk in range(3)]).view(np.uint32)
    assert (bits == every * np.arange(2**21)).all()
    furthest = Furthest("off", "log", every=every)
    check_numbers(Off(), furthest, numbers(every, 1))  # negative numbers alone
    assert furthest.value_ulps == 0.0


def test_a_run_goes_on_where_it_was(tmp_path):
    (runner,) = runners(["torch"])
    file, seen = tmp_path / "kept.json", []

    class Stopping:
        name, ulps = runner.name, runner.ulps

        def word(self, name, x):
            seen.append(name)
            if len(seen) == 3:
                raise KeyboardInterrupt
            return runner.word(name, x)

    with pytest.raises(KeyboardInterrupt):
        exhaustive([Stopping()], every=EVERY, words=list(WORDS)[:4], file=file)
    again = exhaustive([Stopping()], every=EVERY, words=list(WORDS)[:4], file=file)
    assert seen == ["relu", "step", "abs", "abs", "sign"]
    assert [each.done for each in again] == [1, 1, 1, 1]
    assert again == exhaustive([runner], every=EVERY, words=list(WORDS)[:4])
    with pytest.raises(ValueError, match=r"is of a run with every=4096, got every=8192"):
        exhaustive([runner], every=2 * EVERY, words=["relu"], file=file)
    file.write_text(json.dumps({"a": 1}))
    with pytest.raises(ValueError, match="is no file that an exhaustive check has written"):
        exhaustive([runner], every=EVERY, words=["relu"], file=file)
