"""Small pictures as SVG in the page itself: the page's style sheet colours them, for light and for dark."""

import numpy as np

from ganloss_core import facts
from ganloss_core.backends import reference
from ganloss_core.pictures import curve
from ganloss_core.spec import registry

KINDS = {("discriminator", "real"): "d-real", ("discriminator", "fake"): "d-fake", ("generator", "fake"): "g-fake"}
"""How the curve of a player and a logit is styled."""
LARGEST = 3.0
"""The logits of small pictures go from minus this to this."""


def svg(curves, title, size=(120, 76), high=None, numbers=()):
    """Curves, as (style, x, y), in one picture; what is above `high` is cut off. Axes have these numbers, where they reach."""
    curves = [(style, x, np.where(np.isfinite(y), y, np.nan)) for style, x, y in curves]
    low, top = (of(np.concatenate([y for _, _, y in curves])) for of in (np.nanmin, np.nanmax))
    low, top = min(low, 0.0), max(top, 0.0) if high is None else min(max(top, 0.0), high)
    margin = 0.06 * (top - low or 1.0)
    low, top = low - margin, top + margin
    left, right = curves[0][1][0], curves[0][1][-1]
    width, height = size

    def at(x, y):
        return (x - left) / (right - left) * width, (top - y) / (top - low) * height

    (x0, y0), zero = at(0.0, 0.0), "zero"
    paths = [f'<path class="{zero}" d="M0 {y0:.1f}H{width}"/>', f'<path class="{zero}" d="M{x0:.1f} 0V{height}"/>']
    for style, x, y in curves:
        # Beyond the picture a line goes on for a while, so that it leaves at its own slope.
        points = zip(*at(x, np.minimum(y, top + (top - low))), strict=True)
        d = "L".join(f"{a:.1f} {b:.1f}" for a, b in points if np.isfinite(b))
        paths.append(f'<path class="{style}" d="M{d}"/>')
    for n in numbers:
        (x, y), said = at(n, n), f"{n:g}".replace("-", "\N{MINUS SIGN}")
        if left < n < right:
            paths.append(f'<text x="{x:.1f}" y="{y0 + 8:.1f}" text-anchor="middle">{said}</text>')
        if low < n < top:
            paths.append(f'<text x="{x0 - 2:.1f}" y="{y + 3:.1f}" text-anchor="end">{said}</text>')
    box = f'viewBox="0 0 {width} {height}" role="img" aria-label="{title}"'
    return f'<svg class="curves" {box}><title>{title}</title>{"".join(paths)}</svg>'


def loss(name, points=49):
    """The curves of a loss: D's by a real and by a fake logit, G's by a fake one; None where there is none, or it is flat."""
    t = np.linspace(-LARGEST, LARGEST, points)
    try:
        curves = [(style, t, curve(name, *of, t)[0]) for of, style in KINDS.items()]
    except ValueError:
        curves = _of_vectors(name, t)
    return None if curves is None or all(np.ptp(y) == 0.0 for _, _, y in curves) else svg(curves, f"{name} over the logit")


def _of_vectors(name, t):
    """The same where one element of one sample moves, that of the label if there is one, and all others are 0."""
    rules = facts.rules_of(name)
    if rules.sample.axes > 1:
        return None
    shapes = [(max(2, rules.sample.least), *tail) for tail in rules.sample.tails(3)]
    sides = dict(zip(("real", "fake"), map(np.zeros, shapes), strict=True))
    _, (by_real, *_) = _evaluated(name, "discriminator", sides)
    moved = np.argmin(by_real[0])
    curves = []
    for (player, side), style in KINDS.items():
        values = []
        for x in t:
            at = {**sides, side: sides[side].copy()}
            at[side][0, min(moved, at[side].shape[1] - 1)] = x
            values.append(_evaluated(name, player, at)[0])
        curves.append((style, t, np.array(values)))
    return curves


def _evaluated(name, player, sides):
    labels = {f"{side}_labels": np.zeros(len(x), int) for side, x in sides.items()}
    try:
        return reference.value_and_grad(name, sides["real"], sides["fake"], player=player, **labels)
    except TypeError:
        return reference.value_and_grad(name, sides["real"], sides["fake"], player=player)


def penalty(build, title, points=49):
    """A gradient penalty over the norm of the gradient."""
    norm = np.linspace(0.0, 2.0, points)
    made = build(reference.backend.ops)
    return svg([("charge", norm, made.factor * made.charge(norm * norm))], title, high=2.5)


FRONT = ("logistic", "hinge", "lsgan", "wasserstein", "relativistic_paired_logistic")
"""The losses on the front page."""


def front(points=97):
    """D's loss over one logit, for the losses that are used most."""
    t = np.linspace(-LARGEST, LARGEST, points)
    parts = []
    for side, said in (("real", "D's loss, over the logit of a real sample"), ("fake", "D's loss, over the logit of a fake")):
        curves = [(f"c{i}", t, curve(name, "discriminator", side, t)[0]) for i, name in enumerate(FRONT)]
        parts.append(f"<figcaption>{said}</figcaption>{svg(curves, said, (220, 104), high=5.0, numbers=(-2, 2, 4))}")
    keys = " ".join(f'<span class="key c{i}">{registry.short(name)}</span>' for i, name in enumerate(FRONT))
    return f'<figure class="front">{"".join(parts)}<p>{keys}</p></figure>\n'
