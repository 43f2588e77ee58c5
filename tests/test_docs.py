"""The book: its code runs, it builds without a warning, every public name is in it, and no link of it is dead."""

import importlib
import inspect
import re
import shlex
import sys
from html.parser import HTMLParser
from os.path import normpath
from pathlib import Path

import jax
import pytest
from sphinx.cmd.build import main as build
from sphinx.util.inventory import InventoryFile
from typer.main import get_command

import ganloss_core
import ganloss_jax
import ganloss_torch
from adapters import DROP_INS
from ganloss_core import dialects, names, unregister
from ganloss_core.command.app import app

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_is_a_program_that_runs(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = names()
    try:
        exec(compile("\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)), page.name, "exec"), {})
    finally:
        for name in set(names()) - set(before):
            unregister(name)
    assert not list(tmp_path.iterdir())


def test_commands_are_spelt_as_the_command_has_them():
    command = get_command(app)
    lines = [line for page in TEXTS for line in re.findall(r"^\$ ganloss (.*)$", page.read_text(), re.MULTILINE)]
    assert lines
    for line in lines:
        name, *arguments = shlex.split(line, comments=True)
        command.commands[name].make_context(name, arguments)


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.loads = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "a":
            self.links.add(attributes.get("href") or "")
        elif tag in ("script", "img"):
            self.loads.add(attributes.get("src") or "")
        elif tag == "link" and attributes.get("rel") == "stylesheet":
            self.loads.add(attributes["href"])


@pytest.mark.first
@pytest.mark.filterwarnings("ignore")  # of Sphinx and its extensions
@pytest.mark.parametrize("draft", [1, pytest.param(0, marks=pytest.mark.long)])
def test_the_book(draft, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [*sys.path])
    options = ["-D", f"draft={draft}", "-D", f"toc_object_entries={1 - draft}"]
    # In this process, which has imported both frameworks, and with the settings that users have.
    with jax.enable_x64(False), jax.numpy_rank_promotion("allow"):
        code = build(["-q", "-W", "--keep-going", "-b", "html", *options, str(ROOT / "docs"), str(tmp_path)])
    assert code == 0, capsys.readouterr().err
    _no_link_is_dead(tmp_path)
    _every_public_name_is_in(tmp_path)


def _no_link_is_dead(book):
    pages = {path: _Page(path.read_text()) for path in book.rglob("*.html")}
    assert len(pages) > len(names())
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:", link):
                assert re.match(r"https?://[\w.-]+\.\w+(/|$)", link), link
                arxiv = re.match(r"https://arxiv.org/abs/(.*)", link)
                assert arxiv is None or re.fullmatch(r"\d{4}\.\d{4,5}", arxiv[1]), link
                continue
            file, _, anchor = link.partition("#")
            target = Path(normpath(path.parent / file)) if file else path
            assert target in pages or target.exists(), f"{path.name}: {link}"
            # What follows the explorer's name is a state.
            assert not anchor or target not in pages or target.name == "explorer.html" or anchor in pages[target].anchors, (
                f"{path.name}: {link}"
            )
        # Readable without a network.
        for load in page.loads:
            assert "//" not in load, load
            assert (path.parent / load.partition("?")[0]).exists(), load


def _every_public_name_is_in(book):
    inventory = InventoryFile.loads((book / "objects.inv").read_bytes(), uri="")
    documented = {name for kind, entries in inventory.data.items() if kind.startswith("py:") for name in entries}
    shared = {"Sides", "lazy_regularization", "names", "register"}  # of ganloss_core, where they are documented
    drop_ins = [importlib.import_module(name) for name in DROP_INS]
    for module in (ganloss_core, ganloss_torch, ganloss_jax, dialects, *drop_ins):
        public = {f"{module.__name__}.{name}" for name in module.__all__ if module is ganloss_core or name not in shared}
        # MMagic's is described where it is ours too.
        assert sorted(public - documented - {"ganloss_torch.compat.mmagic.GANLossComps"}) == []
    text = re.sub(r"<[^>]*>", "", "".join(page.read_text() for page in sorted(book.glob("api_*.html"))))
    for module in (ganloss_torch, ganloss_jax):
        for name, value in vars(module).items():
            if name in module.__all__ and name not in shared and inspect.isroutine(value):
                shown = re.search(rf"{module.__name__}\.{name}\(([^¶]*)", text)[1]
                assert re.findall(r"(\w+): ", shown) == list(inspect.signature(value).parameters), name
    assert set(names()) <= {path.stem for path in (book / "losses").glob("*.html")}
    for codebase in dialects.codebases():
        page = (book / "migration" / f"{codebase}.html").read_text().replace("<wbr>", "")
        assert all(name in page for name in dialects.names(codebase))
