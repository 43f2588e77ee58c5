"""The types of what is public: complete, and as two checkers see them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from ganloss_core import catalogue, family, names
from ganloss_core.catalogue.names import Name

SOURCE = Path(__file__).resolve().parent.parent / "src"

SNIPPET = """
from typing import Any, assert_type

import jax
import torch
from torch import Tensor

import ganloss_core
import ganloss_jax
import ganloss_torch
from ganloss_core import Sides


def with_torch(real: Tensor, fake: Tensor) -> None:
    loss = ganloss_torch.GANLoss("hinge")
    assert_type(loss, ganloss_torch.GANLoss)
    assert_type(loss.discriminator(real, fake), Tensor)
    assert_type(loss.generator(fake), Tensor)
    assert_type(loss.discriminator_terms(real, fake), Sides[Tensor])
    assert_type(ganloss_torch.GANLoss("lsgan", generator="linear", reduction="sum").generator(fake), Tensor)
    loss.discriminator(real, fake, real_wieght=real)  # type: ignore[call-arg]
    loss.discriminator("real", fake)  # type: ignore[arg-type]
    assert_type(loss.discriminator([real, real], [fake, fake]) + loss.generator({"a": fake}, real={"a": real}), Tensor)
    print(loss.discriminator_terms(real, fake).real.item())
    loss.discriminator_terms(real, fake).fake.itme()  # type: ignore[union-attr]
    seen = ganloss_torch.observe(torch.nn.Linear(1, 1), real=real, fake=fake)
    assert_type(seen.real.mean(), Tensor | Any)
    seen.fake.maen()  # type: ignore[union-attr]
    ganloss_torch.observe(torch.nn.Linear(1, 1), real, fake)  # type: ignore[arg-type]
    assert_type(loss.discriminator(seen.real, seen.fake) + ganloss_torch.r1(seen, 10.0), Tensor)

    # Editors complete the catalogue's names; these are as good.
    of_a_codebase, of_mine = "taming/hinge", "mine"
    print(ganloss_torch.GANLoss(of_a_codebase), ganloss_torch.generator_loss(of_mine, fake), ganloss_core.get("rpgan"))

    assert_type(loss.generator_terms(fake), Sides[Tensor])
    apart = ganloss_torch.GANLoss("hinge", heads="none")
    assert_type(apart.discriminator([real], [fake]), Any)
    assert_type(apart.generator_terms([fake]), Any)

    of_elements = ganloss_torch.GANLoss("hinge", reduction="none")
    assert_type(of_elements.discriminator(real, fake), Sides[Tensor])
    assert_type(of_elements.generator(fake), Sides[Tensor])

    losses = ganloss_torch.Objective("r3gan").discriminator(torch.nn.Linear(1, 1), real=real, fake=fake)
    assert_type(losses.total, Tensor)
    assert_type(losses.terms["r1"].item() + losses.total.item(), float | int)

    assert_type(ganloss_torch.discriminator_loss("hinge", real, fake), Tensor)
    assert_type(ganloss_torch.generator_loss("hinge", [fake], heads="none"), Any)
    assert_type(ganloss_torch.discriminator_loss("hinge", real, fake, reduction="none"), Sides[Tensor])
    assert_type(ganloss_torch.generator_loss("hinge", fake, reduction="none"), Sides[Tensor])


def takes(loss: ganloss_torch.GANLoss, real: Tensor, fake: Tensor) -> Tensor:
    return loss.discriminator(real, fake)


class Half(ganloss_torch.GANLoss):
    def discriminator(self, real: Any, fake: Any, **kw: Any) -> Tensor:
        return 0.5 * super().discriminator(real, fake, **kw)


def with_a_subclass(real: Tensor, fake: Tensor) -> None:
    assert_type(Half("hinge").discriminator(real, fake), Tensor)
    takes(Half("hinge"), real, fake)


def critic(x: jax.Array) -> jax.Array:
    return x.sum(1)


def with_jax(real: jax.Array, fake: jax.Array) -> None:
    loss = ganloss_jax.GANLoss("hinge")
    assert_type(loss, ganloss_jax.GANLoss)
    assert_type(loss.discriminator(real, fake), jax.Array)
    assert_type(loss(fake, False, is_disc=True), jax.Array)
    loss.discriminator(real, fake, real_wieght=real)  # type: ignore[call-arg]
    ganloss_jax.generator_loss("hinge", 1.0)  # type: ignore[call-overload]
    assert_type(loss.discriminator({"a": real}, {"a": fake}) + loss.generator([fake], real=[real]), jax.Array)
    print(loss.discriminator_terms(real, fake).real.item())
    loss.discriminator_terms(real, fake).fake.itme()  # type: ignore[union-attr]
    seen = ganloss_jax.observe(critic, real=real, fake=fake)
    assert_type(seen.real.mean(), jax.Array | Any)
    assert_type(loss.discriminator(seen.real, seen.fake) + ganloss_jax.r1(seen, 10.0), jax.Array)

    of_elements = ganloss_jax.GANLoss("hinge", reduction="none")
    assert_type(of_elements.discriminator(real, fake), Sides[jax.Array])

    assert_type(ganloss_jax.Objective("r3gan").generator(critic, real=real, fake=fake).total, jax.Array)

    assert_type(ganloss_jax.discriminator_loss("hinge", real, fake), jax.Array)
    assert_type(ganloss_jax.discriminator_loss("hinge", real, fake, reduction="none"), Sides[jax.Array])
"""


def run(*command, **paths):
    # basedpyright finds what is installed by the first Python on the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, **paths}
    return subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.first
def test_every_public_name_has_a_type_that_is_known(tmp_path):
    # As one package, so that what they share is read once.
    packages = sorted(path.parent for path in SOURCE.glob("*/py.typed"))
    assert [package.name for package in packages] == ["ganloss_core", "ganloss_jax", "ganloss_torch"]
    whole = tmp_path / "whole"
    for path in SOURCE.rglob("*.py"):
        copy = whole / path.relative_to(SOURCE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub(r"^( *)from ganloss_", r"\1from whole.ganloss_", path.read_text(), flags=re.MULTILINE)
        copy.write_text(re.sub(r"^( *)import (ganloss_\w+)$", r"\1from whole import \2", text, flags=re.MULTILINE))
    for name in ("__init__.py", "py.typed"):
        (whole / name).touch()
    checked = run("basedpyright", "--ignoreexternal", "--outputjson", "--verifytypes", "whole", PYTHONPATH=str(tmp_path))
    found = json.loads(checked.stdout)["typeCompleteness"]
    assert Path(found["packageRootDirectory"]) == whole
    exported = {symbol["name"].split(".")[1] for symbol in found["symbols"] if symbol["isExported"]}
    assert exported == {package.name for package in packages}
    incomplete = [s["name"] for s in found["symbols"] if not s["isTypeKnown"] or s["isTypeAmbiguous"]]
    assert not incomplete
    assert found["completenessScore"] == 1, checked.stdout


def test_editors_complete_every_name():
    ours = [name for name in names(aliases=True) if family(name) in catalogue.__all__]
    assert list(get_args(Name)) == ours


@pytest.fixture
def snippet(tmp_path):
    file = tmp_path / "snippet.py"
    file.write_text(SNIPPET)
    return file


@pytest.mark.first
def test_mypy_agrees(snippet):
    # The sources too, which it reads for their types anyway.
    settings = str(SOURCE.parent / "pyproject.toml")
    checked = run("mypy", "--config-file", settings, str(SOURCE), str(snippet), MYPYPATH=str(SOURCE))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_basedpyright_agrees(snippet):
    rules = {"typeCheckingMode": "strict", "enableTypeIgnoreComments": True, "reportUnnecessaryTypeIgnoreComment": "error"}
    config = snippet.with_name("pyrightconfig.json")
    config.write_text(json.dumps({**rules, "extraPaths": [str(SOURCE)]}))
    checked = run("basedpyright", "--project", str(config))
    assert checked.returncode == 0, checked.stdout + checked.stderr
