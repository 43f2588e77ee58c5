"""Links: inventories of other libraries that need no network, and public names for what is defined in private modules."""

import re
import zlib
from pathlib import Path

PACKAGES = ("ganloss_core", "ganloss_core.check", "ganloss_torch", "ganloss_jax")


def inventories(table, folder):
    """`intersphinx_mapping` for library -> (address, {"role name": page}), as inventory files in a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    mapping = {}
    for library, (address, names) in table.items():
        lines = [f"{name.split()[1]} py:{name.split()[0]} 1 {page} -\n" for name, page in names.items()]
        head = f"# Sphinx inventory version 2\n# Project: {library}\n# Version: \n# The rest is compressed with zlib.\n"
        file = Path(folder) / f"{library}.inv"
        file.write_bytes(head.encode() + zlib.compress("".join(lines).encode()))
        mapping[library] = (address, str(file))
    return mapping


def public(app, env, node, contnode):
    """A reference to ganloss_core.spec.loss.Loss is one to ganloss_core.Loss, and so for whatever a package exports."""
    package, _, rest = node.get("reftarget", "").partition(".")
    name = rest.rpartition(".")[2] or package
    for candidate in (f"{package}.{name}", *(f"{p}.{name}" for p in PACKAGES)):
        found = env.domains["py"].find_obj(env, None, None, candidate, None)
        if found and candidate != node["reftarget"]:
            return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, "obj", candidate, node, contnode)
    return None


def plain(app, what, name, obj, options, lines):
    """Docstrings are plain text: |x| is no substitution, and `(x, y): what it is` under an attribute is no type."""
    lines[:] = map(_escaped, lines)
    if what in ("attribute", "data", "property"):
        # An empty comment ahead keeps napoleon from reading the first line.
        lines[:0] = ["..", ""]


def _escaped(line):
    return "".join(part if part.startswith("`") else part.replace("|", r"\|") for part in re.split(r"(`[^`]*`)", line))


def setup(app):
    app.connect("missing-reference", public)
    app.connect("autodoc-process-docstring", plain, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
