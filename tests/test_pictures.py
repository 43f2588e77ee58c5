"""Pictures: kinks are steps, one scale for all, many losses apart, and what the other side is held at."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from ganloss_core.command import plot_dirac
from ganloss_core.pictures import PANELS, figure
from ganloss_core.pictures.curves import with_steps
from ganloss_core.reproduce import dirac
from ganloss_core.spec.registry import short

FEW = ["hinge", "logistic", "lsgan"]


@pytest.mark.parametrize(("loss", "panel", "at"), [
    ("hinge", 0, [1.0]), ("hinge", 1, [-1.0]), ("hinge", 2, []), ("l1", 0, [1.0]), ("lsgan", 0, []), ("rphinge", 0, [1.0]),
    ("hkr", 0, [0.5]),
])  # fmt: skip
def test_a_kink_is_a_step(loss, panel, at):
    t, values, slopes = with_steps(loss, *PANELS[panel], np.linspace(-3.0, 3.0, 14))
    assert (np.diff(t) > 0).all()
    steep = np.flatnonzero(np.abs(np.diff(slopes)) > 0.2 * np.ptp(slopes) + 1e-9)
    # Both ends are next to each other, a bisection's last step apart, and the value does not jump.
    near = 64 * 2.0**-52
    jumps = [i for i in steep if t[i + 1] - t[i] < near]
    assert [t[i] for i in jumps] == pytest.approx(at, abs=near)
    assert all(values[i + 1] == pytest.approx(values[i], abs=4 * near) for i in jumps)


def test_a_parabola_does_not_flatten_the_rest():
    drawn = figure(FEW, points=21)
    (top, *_), (bottom, *_) = (drawn.axes[i : i + 3] for i in (0, 3))
    # The logistic loss reaches 4, the hinge 5, and least squares 25.
    assert 5.0 < top.get_ylim()[1] < 9.0
    assert bottom.get_ylim()[1] < 2.0
    assert {axis.get_ylim() for axis in drawn.axes[:3]} == {top.get_ylim()}
    alone = figure(["lsgan"], points=21)
    assert alone.axes[0].get_ylim()[1] > 25.0
    # G's straight line goes to -4.
    assert figure(["hinge"], points=21).axes[2].get_ylim()[0] < -4.0


def test_many_losses_are_drawn_apart():
    names = [*FEW, "wgan", "minimax", "rpgan", "hinge2"]
    drawn = figure(names, points=9)
    assert [axis.get_title() for axis in drawn.axes] == names
    assert all(len(axis.lines) == 4 for axis in drawn.axes)


def test_what_the_other_side_is():
    titles = [axis.get_title() for axis in figure(["hinge", "rpgan"], points=9).axes[:3]]
    assert titles == [f"{player}, {side} logit, all others 0" for player, side in PANELS]
    assert not any("0" in axis.get_title() for axis in figure(FEW, points=9).axes)


def test_a_gradient_that_is_0_everywhere():
    low, high = figure(["tprls"], points=9).axes[3].get_ylim()
    assert low < 0.0 < high


def test_names_beside_numbers_are_short():
    known = {"relativistic_paired_logistic": "rpgan", "hinge": "hinge", "fgan_squared_hellinger": "fgan_hellinger"}
    assert [short(name) for name in known] == list(known.values())
    assert short("lsgan(real_label=0.9, fake_label=0.1)") == "lsgan(real_label=0.9, fake_label=0.1)"


def test_numbers_are_white_where_it_is_dark():
    axes = Figure().subplots()
    rates = {"r1": 0.8, "none": 1.0, "r2": 1.2, "consensus": 2000.0}
    runs = [dirac.Run("rpgan", name, "adam", None, None, rate, rate, 1.0, ()) for name, rate in rates.items()]
    plot_dirac._table(axes, runs, ["rpgan"], list(rates))
    written = [(text.get_text(), text.get_color()) for text in axes.texts]
    assert written == [("0.8000", "white"), ("1.0000", "black"), ("1.2000", "white"), ("2e+03", "white")]
    assert axes.xaxis.get_tick_params()["labeltop"]


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="acgan is a loss of vectors, which has no curve against a logit"):
        figure(["acgan"])
    with pytest.raises(ValueError, match="the largest logit must be finite, got inf"):
        figure(FEW, largest=float("inf"))
