"""The version, read when somebody asks: reading it takes longer than all else that an import of the core does."""

from __future__ import annotations

import sys
from collections.abc import Callable


def version_when_asked(module: str) -> Callable[[str], str]:
    """A module's `__getattr__`, which knows `__version__`, that of the installed distribution."""

    def read(name: str) -> str:
        if name != "__version__":
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        from importlib.metadata import version

        return version("ganloss")

    return read
