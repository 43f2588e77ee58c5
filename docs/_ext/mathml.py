"""Formulas as MathML, which browsers draw by themselves: no script, no network."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert


def inline(self, node):
    self.body.append(convert(node.astext()))
    raise SkipNode


def block(self, node):
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
