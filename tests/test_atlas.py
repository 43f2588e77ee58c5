"""What the book generates: a card for each loss and penalty, identities that tests prove, readings that are those of facts."""

import html
import importlib
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from ganloss_core import aliases_of, dialects, facts, family, losses, names, recipes
from ganloss_core.terms.penalties import Penalties

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(autouse=True)
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_ext")
    yield
    for name in [n for n, m in sys.modules.items() if str(DOCS) in str(getattr(m, "__file__", ""))]:
        del sys.modules[name]


def test_every_loss_penalty_and_recipe_has_one_card():
    gallery = importlib.import_module("gallery")
    assert Counter(name for _, members in gallery.families() for name in members) == Counter(names())
    assert all(members for _, members in gallery.families())
    page = "\n\n".join(gallery.index(5))
    cards = re.findall(r"\{grid-item-card\} `(\w+)`\n:link: (\S+)", page)
    assert Counter(re.findall(r":link: \.\./recipes/(\w+)\.html", page)) == Counter(recipes.names())
    penalties = {name for name in dir(Penalties) if not name.startswith("_")} - {"observe"}
    assert Counter(name for name, _ in cards) == Counter([*names(), *penalties])
    assert {link for name, link in cards if name in losses} == {f"{name}.html" for name in losses}
    # A picture in each, but where no single number can move, or none alone changes anything; gan_qp charges no gradient.
    alone = {"tprls", "mmd_rational_quadratic", "cramer_gan"}
    without = len([n for n in losses if facts.rules_of(n).sample.axes > 1 or n in alone]) + 1
    assert page.count("<svg") == len(cards) - without
    assert page.count("No curve: ") == without
    assert page.count("D:") >= len(losses)


def test_a_card_has_what_is_minimised_in_lines_as_narrow_as_it():
    gallery, mathml = map(importlib.import_module, ("gallery", "mathml"))
    for name in losses:
        said = gallery.formula(name)
        assert re.search(r"\bD:", said), name
        assert re.search(r"\bG:", said), name
        for each in re.findall(r"\$\$\n(.*)\n\$\$", said):
            for part in mathml.pieces(mathml.mathml(each, "block")):
                assert len(html.unescape(re.sub("<[^>]*>", "", part))) <= gallery.WIDEST, name


def test_tables_have_no_empty_head():
    layout = importlib.import_module("layout")
    empty, full = "<thead>\n<tr><th><p></p></th>\n<th></th></tr>\n</thead>", "<thead><tr><th></th><th>D</th></tr></thead>"
    assert layout.headed(empty + full) == full


@pytest.mark.parametrize(("page", "words"), [
    ("glossary", ["critic", "generator", "logit"]),
    ("testing", ["check my loss", "verify loss"]),
    ("reproduce", ["converge", "wgan-gp converge"]),
    ("which_loss", ["d loss", "g loss", "negative", "-30", "0.69"]),
    ("start", ["padding", "mask"]),
    ("penalties", ["r1"]),
])  # fmt: skip
def test_a_search_for_other_words_finds_the_page(page, words):
    """A main entry of the index has more points than any title; one that is not comes last."""
    entries = re.findall(r"^```\{index\} (.*)$", (DOCS / f"{page}.md").read_text(), re.MULTILINE)
    assert {f"!{word}" for word in words} <= set(", ".join(entries).split(", "))


def test_titles_have_what_a_loss_is_called():
    gallery = importlib.import_module("gallery")
    titles = {name: gallery.title(name) for name in names()}
    assert all(titles[name].startswith(name) for name in titles)
    for said in ("vanilla", "rpgan", "oasis", "wgan", "mse", "rasgan", "infonce"):
        (title,) = [title for name, title in titles.items() if said in aliases_of(name)]
        assert said in title


def test_every_identity_names_losses_and_a_test():
    identities = importlib.import_module("genealogy").IDENTITIES
    for special, _, general, _, test in identities:
        assert {special, general} <= set(losses), (special, general)
        file, _, function = test.partition("::")
        assert f"def {function}(" in (DOCS.parent / file).read_text(), test


def test_every_loss_links_to_who_generalises_whom():
    loss_pages = importlib.import_module("loss_pages")
    assert all("(index.md#who-generalises-whom)" in "".join(loss_pages._near(name)) for name in names())


def test_readings_are_those_of_facts():
    choice = importlib.import_module("choice")
    head, _, *rows = "\n".join(choice.readings()).split("\n")
    critics = re.findall(r"\| ([\w' ]+) \(", head)
    assert head.split(" | ")[1] == "the optimum"
    assert critics == list(facts.readings("hinge"))
    for row in rows:
        name = re.search(r"/losses/(\w+)\.md", row)[1]
        for cell, reading in zip(row.split(" | ")[2:], facts.readings(name).values(), strict=False):
            assert [float(x) for x in cell.strip(" |").split(", ")] == pytest.approx(list(reading[:2]), rel=5e-4, abs=5e-10)
        best = row.split(" | ")[1].partition(",")[0]
        assert float(best.strip("*")) == pytest.approx(facts.equilibrium(name).discriminator, rel=5e-4)


def test_a_number_of_a_log_finds_whose_it_is():
    choice = importlib.import_module("choice")
    rows = "\n".join(choice.meanings()).split("\n")[2:]
    table = {tuple(cell.strip("| *") for cell in row.split(" | ")[:2]): row for row in rows}
    for name in (
        "logistic",
        "relativistic_paired_logistic",
        "hinge",
        "lsgan",
        "taming/hinge",
        "mmagic/lsgan",
        "taming/vanilla",
    ):
        at_chance = facts.readings(name)["at chance"]
        read = tuple(f"{x:.4g}" for x in (at_chance.discriminator, at_chance.generator))
        codebase, _, loss = name.rpartition("/")
        whose = rf"\[{codebase}\]\S* [^;]*\b{loss}\b" if codebase else rf"/{loss}\.md"
        assert re.search(whose, table[read]), name


def test_what_codebases_have():
    choice = importlib.import_module("choice")
    known = set(dialects.codebases())
    assert all(set(codebases) <= known for codebases in choice.FIELDS.values())
    assert "taming/hinge" in choice.users("hinge")
    assert "mmagic/lsgan" in choice.users("lsgan")
    assert {"stylegan2", "stylegan3"} <= set(choice.trained_with("logistic"))
    assert {"vqgan", "biggan"} <= set(choice.trained_with("hinge"))


def test_code_is_not_cut_off():
    used = importlib.import_module("used_lines").usage
    blocks = [lines for name in names() for lines in used(name)]
    for page in DOCS.glob("*.md"):
        blocks += re.findall(r"^ *```\w+\n(.*?)```", page.read_text(), re.DOTALL | re.MULTILINE)
    assert [line for block in blocks for line in block.split("\n") if len(line) > 88] == []


def test_long_pages_have_jumps_and_long_names_break():
    layout = importlib.import_module("layout")
    section = '<section id="{0}">\n<h2>{0}<a class="headerlink" href="#{0}">¶</a></h2>'
    page = '<h1>rp_gan<a class="headerlink" href="#rp_gan">¶</a></h1>' + "".join(map(section.format, "abc"))
    assert re.findall(r"<nav.*</nav>", layout.jumps(page)) == [
        '<nav class="jumps" aria-label="On this page"><a href="#a">a</a> <a href="#b">b</a> <a href="#c">c</a></nav>'
    ]
    assert layout.jumps(page.replace("<h2>c", "<h3>c")) == page.replace("<h2>c", "<h3>c")
    code = '<span class="pre">gan.r_1/x</span> a_b <span class="pre">0.5</span>'
    assert layout.breaks(page + code) == page.replace(">rp_gan", ">rp_<wbr>gan") + code.replace(
        "gan.r_1/x", "gan.<wbr>r_<wbr>1/<wbr>x"
    )


def test_every_term_of_a_recipe_is_a_link():
    objectives = importlib.import_module("objectives")
    for name in recipes.names():
        table = recipes.recipe(name)
        assert all("](/" in objectives._what(row, table) for row in recipes.rows(table))


def test_a_sum_may_stand_in_several_lines():
    mathml = importlib.import_module("mathml")
    each = [re.sub("<[^>]*>", "", term) for term in mathml.pieces(mathml.mathml(r"-\log r + \max(0, 1 - f) - 2", "block"))]
    assert [term.replace("\N{MINUS SIGN}", "-") for term in each] == ["-logr", "+max(0,1-f)", "-2"]


def test_signs_of_formulas_are_explained_where_they_are():
    legend, tex = importlib.import_module("reading").legend, importlib.import_module("ganloss_core.backends.tex")
    said = {
        name: legend(*tex.formulas(name)) for name in ("hinge", "rpgan", "rpgan_mvue", "aot_pair", "ralsgan_unbiased", "smile")
    }
    found = {
        name: [sign in text for sign in ("index", "every fake", "rank", "bar", "hold", "n_r")] for name, text in said.items()
    }
    assert {name: "".join("-x"[each] for each in row) for name, row in found.items()} == {
        "hinge": "------",
        "rpgan": "x-----",
        "rpgan_mvue": "-x----",
        "aot_pair": "--x---",
        "ralsgan_unbiased": "---x-x",
        "smile": "----x-",
    }


def test_a_codebase_says_who_has_the_same():
    same = importlib.import_module("same_losses")
    page = dict(re.findall(r"`(\w+/\w+)` is the same as (.*)", "\n".join(same.section("mmagic"))))
    assert "[`basicsr/hinge`](basicsr.md)" in page["mmagic/hinge"]
    assert "[`kair/ragan`](kair.md)" in page["mmagic/esrgan"]
    assert "cyclegan" not in page["mmagic/vanilla"]
    for name in ("mmagic/hinge", "taming/vanilla", "hifigan/lsgan"):
        for other in same._groups()[name]:
            for player in facts.PLAYERS:
                found = facts.difference(name, other, player)
                assert (found.factor, found.constant) == pytest.approx((1.0, 0.0), abs=1e-9), other


def test_a_loss_lists_its_own_family():
    loss_pages = importlib.import_module("loss_pages")
    for name in names():
        listed = re.findall(r"\[`(\w+)`\]", "".join(part for part in loss_pages._near(name) if part.startswith("Of the same")))
        assert set(listed) == {each for each in names() if family(each) == family(name)} - {name}


def test_examples_give_labels_to_who_uses_them():
    usage = importlib.import_module("used_lines").usage
    assert {
        name for name in names() if "fake_labels" in next(usage(name)).split("print(loss.discriminator")[1].split("\n")[0]
    } == {
        "acgan",
        "mdd",
    }
