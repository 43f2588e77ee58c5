"""Formulas as MathML, which browsers draw by themselves: no script, no network."""

import re

from docutils.nodes import SkipNode
from latex2mathml.converter import convert


def mathml(text, display="inline"):
    # No browser draws a bold digit by its attribute, and names keep their underscores.
    found = convert(text, display=display).replace('<mn mathvariant="bold">1</mn>', "<mn>\U0001d7cf</mn>")
    # A name of several letters, as log, is no operator with spaces around it, but is apart from what it is of.
    found = re.sub(r"<mo>([a-z]{2,})</mo>", r"<mi>\1</mi>", found)
    found = re.sub(r"(<mi>[a-z]{2,}</mi>)(?=<m(?:i|n|sub|sup|frac)>)", r'\1<mspace width="0.167em" />', found)
    return found.replace(r"\_", "_")


def inline(self, node):
    self.body.append(mathml(node.astext()))
    raise SkipNode


def block(self, node):
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
