"""Formulas as MathML, which browsers draw by themselves: no script, no network."""

import re
from functools import cache
from xml.etree import ElementTree

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

MATHML = "http://www.w3.org/1998/Math/MathML"
THIN = '<mspace width="0.167em" />'
SIGNED = r"(?:\[|&#x00028;|&#x0002C;|,|:|&#x0003A;)"
OPERATOR, SIGNS = f"{{{MATHML}}}mo", ("+", "\N{MINUS SIGN}")
ElementTree.register_namespace("", MATHML)


@cache
def mathml(text, display="inline"):
    # No browser draws a bold digit by its attribute, and names keep their underscores.
    found = convert(text, display=display).replace('<mn mathvariant="bold">1</mn>', "<mn>\U0001d7cf</mn>")
    # A name of several letters, as log, is no operator with spaces around it, but is apart from what it is of.
    found = re.sub(r"<mo>([a-z]{2,})</mo>", r"<mi>\1</mi>", found)
    found = re.sub(r"(<mi>[a-z]{2,}</mi>)(?=<m(?:i|n|sub|sup|frac)>)", rf"\1{THIN}", found)
    # A minus after a bracket, a comma or a colon is a sign, without spaces around it.
    found = re.sub(rf"(<m[io][^>]*>{SIGNED}</m[io]>(?:<mspace[^>]*>)?<mo)(>&#x02212;)", r'\1 form="prefix"\2', found)
    found = found.replace("<mi>&#x000B1;</mi>", "<mo>&#x000B1;</mo>")
    # What is above an f is beside it, as it leans.
    found = found.replace("<msup><mi>f</mi>", f"<msup><mrow><mi>f</mi>{THIN}</mrow>")
    return found.replace(r"\_", "_")


def pieces(found):
    """A formula as one for each term of its sum, so that these may stand in several lines."""
    root = ElementTree.fromstring(found)
    terms, within = [[]], 0
    for part in root[0]:
        within += (part.text == "(") - (part.text == ")")
        sign = part.tag == OPERATOR and part.text in SIGNS and part.get("form") != "prefix"
        if terms[0] and not within and sign:
            part.set("form", "infix")
            terms.append([])
        terms[-1].append(part)
    for term in terms:
        math = ElementTree.Element(root.tag, displaystyle="true")
        ElementTree.SubElement(math, f"{{{MATHML}}}mrow").extend(term)
        yield ElementTree.tostring(math, encoding="unicode")


def inline(self, node):
    self.body.append(mathml(node.astext()))
    raise SkipNode


def block(self, node):
    self.body.append(f'<div class="math">{"".join(pieces(mathml(node.astext(), "block")))}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
