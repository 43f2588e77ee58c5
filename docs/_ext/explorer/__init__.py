"""The explorer: one page, which needs nothing else, with every loss of logits in JavaScript, made from its definition."""

import inspect
import json
import math
import re
from pathlib import Path
from typing import get_origin

from ganloss_core import names
from ganloss_core.backends import javascript
from ganloss_core.spec import registry
from ganloss_core.spec.definition import hyperparameters
from ganloss_core.spec.game import game
from ganloss_core.terms import gradient_penalty
from ganloss_core.words.expression import SYMBOLS

HERE = Path(__file__).parent
SCRIPTS = ("words.js", "math.js", "gan.js", "plot.js", "page.js")
PENALTIES = [
    each for each in vars(gradient_penalty).values() if str(getattr(each, "__annotations__", {}).get("return")) == "Penalty[A]"
]
STOPS = 17
"""Positions of a slider of a hyperparameter that the program has to be given as a number."""


def controls(definition):
    """What moves each hyperparameter: its range, on which scale, or its choices."""
    kinds = hyperparameters(definition)
    default = {name: parameter.default for name, parameter in kinds.items()}

    def allowed(name, value):
        try:
            definition(SYMBOLS, **{**default, name: value})
        except ValueError:
            return False
        return True

    for name, parameter in kinds.items():
        at = parameter.default
        if parameter.annotation is bool:
            yield {"name": name, "at": at}
        elif parameter.annotation is int:
            yield {"name": name, "at": at, "stops": [n for n in range(1, 2 * at + 1) if allowed(name, n)]}
        elif parameter.annotation is float and not allowed(name, -1.0) and allowed(name, max(10.0, 10.0 * at)) and at > 0.0:
            yield {"name": name, "at": at, "low": at / 20.0, "high": at * 20.0, "log": True}
        elif parameter.annotation is float:
            low, high = (math.floor(at) - 2.0, math.ceil(at) + 2.0) if allowed(name, -1.0) else (0.0, 1.0)
            steps = [low + (high - low) * i / 60 for i in range(61)]
            within = [x for x in steps if allowed(name, x)]
            yield {"name": name, "at": at, "low": within[0], "high": within[-1]}
        elif get_origin(parameter.annotation) is None or name != "at":
            raise TypeError(f"{definition.__name__}: no control for {name}: {parameter.annotation}")


def stops(control):
    """Some positions of a slider, with that of the default."""
    low, high = control["low"], control["high"]
    if control.get("log"):
        some = [low * (high / low) ** (i / (STOPS - 1)) for i in range(STOPS)]
    else:
        some = [low + (high - low) * i / (STOPS - 1) for i in range(STOPS)]
    return sorted({float(f"{x:.3g}") for x in some} | {control["at"]})


def program(write, definition, moved):
    """The program, with all of the stops of what it needs as a number."""
    fixed = {"at": "between"} if "at" in hyperparameters(definition) else {}

    def with_(fixed):
        try:
            return write(definition, **fixed)
        except javascript.NeedsNumber as needs:
            name, control = needs.name, moved[needs.name]
            control.setdefault("stops", stops(control) if "low" in control else None)
            each = ", ".join(f"[{json.dumps(x)}, () => {with_({**fixed, name: x})}]" for x in control["stops"])
            return f"w.at(p.{name}, [{each}])"

    return with_(fixed)


def entry(write, definition, **about):
    """One loss or penalty in JavaScript."""
    moved = {control["name"]: control for control in controls(definition)}
    make = program(write, definition, moved)
    about = {"controls": list(moved.values()), **about}
    return f"{{make: (p) => {make}, {json.dumps(about)[1:]}"


def losses():
    """The losses of logits; None in place of one of vectors."""
    for name in names():
        definition = registry.get(name)
        rules = game(definition(SYMBOLS, **{key: p.default for key, p in hyperparameters(definition).items()}))
        if rules.sample.axes:
            yield name, None
            continue
        summary, formula, *_ = *(" ".join(part.split()) for part in (inspect.getdoc(definition) or "").split("\n\n")), ""
        formula = re.split(r"\. (?=[A-Z`])", formula.rstrip("."))[0]
        yield (
            name,
            entry(
                javascript.program,
                definition,
                aliases=registry.aliases_of(name),
                family=registry.family(name).replace("_", " "),
                summary=summary,
                formula=formula,
                alone=rules.discriminator.terms is not None and rules.generator.terms is not None,
                needsReal=rules.generator.needs_real,
                least=rules.sample.least,
            ),
        )


def penalties():
    for build in PENALTIES:
        formula, _, paper = inspect.getdoc(build).partition(". ")
        yield build.__name__, entry(javascript.charge, build, formula=formula, summary=paper)


def page():
    """The whole page, as text."""
    text = (HERE / "page.html").read_text().replace("/* STYLE */", (HERE / "page.css").read_text())
    return text.replace("/* SCRIPT */", "\n".join([data(), *((HERE / name).read_text() for name in SCRIPTS)]))


def data():
    """All losses and penalties as JavaScript, for the functions of `words.js`."""
    of_losses = dict(losses())
    known = {name: text for name, text in of_losses.items() if text is not None}
    lines = [
        f"const {title} = {{\n{chr(10).join(f'{name}: {text},' for name, text in entries)}\n}};"
        for title, entries in (("LOSSES", known.items()), ("PENALTIES", penalties()))
    ]
    absent = [name for name in of_losses if name not in known]
    return "\n".join([*lines, f"const ABSENT = {json.dumps(absent)};"])


def setup(app):
    def write(app, error):
        if error is None and app.builder.format == "html":
            (Path(app.outdir) / "explorer.html").write_text(page(), encoding="utf-8")

    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
