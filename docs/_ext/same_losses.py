"""Which codebases' losses are the same numbers, and which have the same name alone."""

from functools import cache
from itertools import islice

import numpy as np

from ganloss_core import dialects, facts
from ganloss_core.backends import reference
from ganloss_core.facts.comparison import batches

MOST = 6
"""So many losses are listed, those of the same name first."""


@cache
def _groups():
    """Name -> all names, it among them, whose values and gradients agree to ten digits, for one array of logits."""
    found = {}
    for name in dialects.names():
        rules = facts.rules_of(name)
        if rules.sample.axes:
            continue
        seen = [float(rules.lowest == 0.0)]
        for real, fake, _ in islice(batches(rules, rules), 4):
            for player in facts.PLAYERS:
                value, sides = reference.value_and_grad(name, real, fake, player=player)
                of = (sides.real, sides.fake) if player == "discriminator" else (sides.fake,)
                seen += [float(value), *(float(x) for side in of if side is not None for x in np.ravel(side))]
        found.setdefault(tuple(np.round(seen, 10) + 0.0), []).append(name)
    return {name: members for members in found.values() for name in members}


def _link(name):
    return f"[`{name}`]({name.partition('/')[0]}.md)"


def _listed(names):
    more = f", and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{', '.join(map(_link, names[:MOST]))}{more}"


def section(codebase):
    """The section of a codebase's page, as Markdown; nothing where it shares no loss and no name."""
    lines, first = [], None
    for name in dialects.names(codebase):
        called = name.partition("/")[2]
        same = [each for each in _groups().get(name, ()) if each.partition("/")[0] != codebase]
        named = [each for each in same if each.partition("/")[2] == called]
        others = [each for each in dialects.names() if each.partition("/")[2] == called and each not in (name, *same)]
        if same:
            lines.append(f"- `{name}` is the same as {_listed(named + [each for each in same if each not in named])}.")
        if others:
            lines.append(f"- `{name}` is not the same as {_listed(others)}, which are called so too.")
            first = first or (name, others[0])
    if lines:
        yield (
            "## In other codebases\n\nWith the default arguments, and for one array of logits, values and gradients of both "
            "players are compared; several heads may be combined in another way."
        )
        yield "\n".join(lines)
    if first:
        yield f"How two differ:\n\n```console\n$ ganloss diff {' '.join(first)}\n```"
