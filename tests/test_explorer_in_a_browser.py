"""The explorer in a browser, which conftest looks for: nothing goes wrong in it, and every control does something."""

import html
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import explored
from adapters import LOGITS
from conftest import BROWSER
from explored import PANELS, explorer

DRIVER = Path(__file__).with_name("explored.js")


def seen(tmp_path, script, *, width=1280, link=""):
    """What an expression is when the page is there, after `explored.js`; that anything went wrong fails."""
    page = explorer.page().replace('"use strict";', f'"use strict";\n{DRIVER.read_text()}', 1)
    (tmp_path / "page.html").write_text(
        page.replace("</body>", f"<script>report(async () => ({script}));</script></body>"), encoding="utf-8"
    )
    # Time passes as fast as it can.
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=600000", f"--window-size={width},900"]
    command = [BROWSER, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"file://{tmp_path}/page.html{link}"]
    dom = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    found = json.loads(html.unescape(re.search(r"<body>(.*)</body>", dom, re.DOTALL)[1]))
    assert found["wrong"] == []
    return found["result"]


def test_a_link_a_search_a_pointer_and_every_control(tmp_path):
    script = """{
      readout: [...$("readout").querySelectorAll("th, td")].map((cell) => cell.textContent.replace("\u2212", "-")),
      searched: await searched("rpg"),
      pointed: await pointed(plots[0]),
      still: await everyView(still),
      steps: [$("gan-status").textContent, $("one").click(), $("gan-status").textContent],
      strange: followed("#view=plots&a=geometric&a.margin=wide&b=toString&pa=toString&data=toString&span=-3&steps=1e9&x=left"),
    }"""
    out = seen(tmp_path, script, link="#a=lsgan&b=kl_wgan&a.real_label=0.5&x=-1")
    assert out["readout"][:8] == ["at -1", "lsgan", "gradient", "kl_wgan", "gradient", "D, a real logit", "2.25", "-3"]
    name = "relativistic_paired_logistic"
    assert out["searched"] == [name, name, f"#a={name}&b=kl_wgan&x=-1"]
    assert out["pointed"] == [4, f"#a={name}&b=kl_wgan&x=4", "at 4"]
    assert out["still"] == {"losses": [], "penalties": [], "dirac": [], "gan": []}
    begin = {
        "view": "losses",
        "a": "hinge",
        "a.margin": 1,
        "b": "hinge",
        "pa": "wgan_gp",
        "data": "ring",
        "span": 1,
        "steps": 5,
        "x": 0.5,
    }
    assert {key: out["strange"][key] for key in begin} == begin
    before, _, after = out["steps"]
    assert (before[:7], after[:7]) == ("Step 0.", "Step 1.")


@pytest.mark.long
def test_every_loss_in_every_view(tmp_path):
    xs = np.linspace(-4.0, 4.0, 200)
    curves = seen(tmp_path, f"everyLoss({json.dumps(PANELS)}, {xs.tolist()})")
    assert list(curves) == LOGITS
    for name in LOGITS:
        explored.check(name, curves[name], xs)


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 500])  # which is the narrowest that a window gets
def test_nothing_is_wider_than_the_page(tmp_path, width):
    script = "[innerWidth, await everyView(() => document.documentElement.scrollWidth)]"
    inside, widths = seen(tmp_path, script, width=width)
    assert max(widths.values()) <= inside
