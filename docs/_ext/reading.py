"""Plain text as Markdown."""

import re


def markdown(text):
    """Plain text with `code`, as Markdown; arXiv numbers and DOIs become links."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    text = "".join(part if part.startswith("`") else re.sub(r"([*_|<>\[\]\\$^])", r"\\\1", part) for part in parts)
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
    return re.sub(r"doi:(10\.\d+/[^\s,;]*[^\s,;.])", r"[doi:\1](https://doi.org/\1)", text)
