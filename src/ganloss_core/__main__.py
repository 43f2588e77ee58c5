"""The command `ganloss`, also as `python -m ganloss_core`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; a message that says what to install where its libraries are missing."""
    try:
        from ganloss_core.command.app import app
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("ganloss"):
            raise
        sys.exit(f"the ganloss command needs {missing.name}: pip install 'ganloss[cli]'")
    app()


if __name__ == "__main__":
    main()
