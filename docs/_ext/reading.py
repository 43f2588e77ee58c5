"""Plain text as Markdown."""

import re

from ganloss_core import aliases_of, losses


def markdown(text):
    """Plain text with `code`, as Markdown; arXiv numbers and DOIs become links."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    text = "".join(part if part.startswith("`") else re.sub(r"([*_|<>\[\]\\$^])", r"\\\1", part) for part in parts)
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
    return re.sub(r"doi:(10\.\d+/[^\s,;]*[^\s,;.])", r"[doi:\1](https://doi.org/\1)", text)


def linked(name):
    """A link to the page of a loss, by its short name where its own is long."""
    short = aliases_of(name)[0] if len(name) > 20 else name
    return f"[`{short}`](/losses/{name}.md)"


def linking(text):
    """Text in which losses, `in code`, are links."""
    return re.sub(r"`(\w+)`", lambda m: linked(m[1]) if m[1] in losses else m[0], text)
