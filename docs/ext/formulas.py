"""Formulas as MathML, which browsers draw without any JavaScript and screen readers read."""

import re

from docutils import nodes
from latex2mathml.converter import convert

# latex2mathml's own arrow with a word over it lets the word run into its neighbours.
ARROW = re.compile(r"\\xrightarrow\{((?:[^{}]|\{[^{}]*\})*)\}")
# TeX leaves a little space after the name of a function, but not in `log_10` or before a bracket.
FUNCTION = re.compile(r"(?<!<msub>)(<mi>(?:log|exp)</mi>)(?=<m(?!o))")


def mathml(tex: str, display: str) -> str:
    """A formula as an element <math>, inline or as a block."""
    drawn = convert(ARROW.sub(r"\\overset{\1}{\\longrightarrow}", tex.strip()), display=display)
    drawn = drawn.replace("<mo>&#x02016;</mo>", '<mo stretchy="false">‖</mo>')  # else far taller than what it encloses
    return FUNCTION.sub(r'\1<mspace width="0.167em" />', drawn)


def inline(writer, node: nodes.math) -> None:
    writer.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block(writer, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="formula">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
