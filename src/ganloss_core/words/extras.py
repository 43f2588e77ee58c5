"""What to install where a library is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Imports of libraries that come with ganloss's extra of this name: an error that says so where one is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("ganloss"):
            raise
        raise ModuleNotFoundError(f"{missing.name} is missing: pip install 'ganloss[{name}]'", name=missing.name) from missing
