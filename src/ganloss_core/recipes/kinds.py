"""The kinds of terms that a table can name: what each needs, and how it is computed, one short function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.recipes.call import Call
from ganloss_core.recipes.table import Term

BOTH = ("real", "fake")
OF_LOGITS = ("real_labels", "fake_labels", "real_weight", "fake_weight")
"""What a call of a loss takes besides logits."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a term needs; `value` is (call, the term's name, the term, its weight) to its value."""

    value: Callable[[Call[Any], str, Term, Any], Any]
    sides: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Arguments besides the sides."""
    takes: tuple[str, ...] = ()
    """Arguments that may be left out."""
    draws: bool = False
    observes: bool = False
    """Whether it looks at more than the critic's outputs on both sides."""
    keeps: bool = False
    """Whether it has a state."""
    adds: bool = True
    """Whether it is part of the total, and not of the log alone."""


def _times(weight: Any, value: Any) -> Any:
    return value if type(weight) is float and weight == 1.0 else weight * value


def _heads(logits: Any, term: Term) -> Any:
    """All of them, or the "first" or "others" that the term is of."""
    of = term.settings.get("of")
    return logits if of is None else logits[0] if of == "first" else logits[1:]


def _adversarial_of_discriminator(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    seen = call.observation(term)
    real, fake = _heads(seen.real, term), _heads(seen.fake, term)
    return _times(weight, call.loss.discriminator(real, fake, **call.chosen(*OF_LOGITS)))


def _adversarial_of_generator(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    real = {"real": _heads(call.output(term, "real")[0], term)} if "real" in call.sides else {}
    fake = _heads(call.output(term, "fake")[0], term)
    return _times(weight, call.loss.generator(fake, **real, **call.chosen(*OF_LOGITS)))


def _mismatched(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    """Samples with the wrong condition are fakes, to a critic that is low for real what reals are to another."""
    loss, value = call.kit.loss(term.settings["loss"], **call.devices), 0.0
    for side, args in zip(BOTH, ("mismatched_args", "mismatched_fake_args"), strict=True):
        x = call.of_critic(side, term)
        wrong = _heads(call.run(term, x, call.given[args if args in call.given else "mismatched_args"])[0], term)
        terms = loss.discriminator_terms(wrong, wrong)
        value = value + (terms.real if term.settings["low_for_real"] else terms.fake)
    return _times(weight, value)


def _penalty(sides: tuple[str, ...], drawn: str = "") -> Callable[[Call[Any], str, Term, Any], Any]:
    def value(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
        seen = call.observation(term, term.settings.get("of"))
        given = (call.drawn(drawn) if drawn else {}) | call.of_samples(seen, sides)
        return getattr(call.kit.penalties, term.kind)(seen, weight, **call.settings(term), **given)

    return value


def _difference(side: str) -> Callable[[Call[Any], str, Term, Any], Any]:
    """A penalty by finite differences, of points that were observed already or are drawn now."""

    def value(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
        seen, given = call.observation(term), {}
        if "differences" not in call.recipe.observe:
            key, noise = next(call.keys), call.noise_of_sides().get(side)
            given = {"rng": key} if noise is None else {"noise": noise}
        given |= call.of_samples(seen, (side,))
        return getattr(call.kit.penalties, term.kind)(seen, weight, **call.settings(term), **given)

    return value


def _drift(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    """Of reals, or of the sum of both sides' logits."""
    seen, both = call.observation(term), term.settings.get("of") == "both"
    weights = call.weights_of(BOTH if both else BOTH[:1])
    logits = seen.real + seen.fake if both else seen.real
    given = {} if weights is None else {"element_weight": weights}
    return call.kit.terms.drift(logits, weight, **call.settings(term), **given, **call.devices)


def _lecam(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    seen = call.observation(term)
    return _times(weight, call.keep(name, seen.real, seen.fake, **call.chosen("real_weight", "fake_weight")))


def _augmentation(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    return call.keep(name, call.observation(term).real, **call.chosen("real_weight"))


def _label_mix(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    """D of a mixture of images beside the mixture of its outputs."""
    seen, backend = call.observation(term), call.kit.calculus.backend
    real, fake = call.given["real"], call.given["fake"]
    mask = backend.like(call.given["mask"], real)
    if not any(shape(mask) == (*shape(real)[:i], 1, *shape(real)[i + 1 :]) for i in (1, len(shape(real)) - 1)):
        raise ValueError(f"mask must have the shape of the images with one channel, got {shape(mask)} for {shape(real)}")
    outputs, _ = call.run(term, mask * real + (1.0 - mask) * fake, call.given["real_args"])
    mask = backend.like(call.given.get("mask_of_logits", mask), seen.real)
    if shape(mask) != (*shape(seen.real)[:-1], 1):
        raise ValueError(
            f"the critic's outputs have the classes last, {shape(seen.real)}, and the mask {shape(mask)}: give "
            "mask_of_logits=, the same mask with its one channel last"
        )
    expected = mask * seen.real + (1.0 - mask) * seen.fake
    return call.kit.terms.consistency(outputs, expected, weight, **call.settings(term), **call.devices)


def _features(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    real, fake = (call.output(term, side)[1] for side in BOTH)
    if fake is None:
        raise TypeError(
            f"{name!r} needs a critic that returns (logits, features), features being a list, or a list for each head"
        )
    return call.kit.terms.feature_matching(real, fake, weight, **call.settings(term), **call.devices)


def _path_length(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    given = call.drawn("noise")
    return _times(weight, call.keep(name, call.given["generator"], call.given["latents"], **given))


def _given(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    """What the caller computed: a number, or a function of the fakes."""
    value = call.given[name]
    return _times(weight, value(call.given["fake"]) if callable(value) else value)


def _given_of_critic(call: Call[Any], name: str, term: Term, weight: Any) -> Any:
    """The same for D: a number, or a function of what was observed."""
    value = call.given[name]
    return _times(weight, value(call.observation(term)) if callable(value) else value)


_DIFFERENCES = {
    f"approximate_r{i}": Kind(value=_difference(side), sides=(side,), takes=("noise",), draws=True, observes=True)
    for i, side in ((1, "real"), (2, "fake"))
}
_BETWEEN = {
    name: Kind(value=_penalty(BOTH, "mix"), sides=BOTH, takes=("mix",), draws=True, observes=True)
    for name in ("zero_centered", "wgan_gp", "wgan_lp", "wgan_div", "max_gp")
}

KINDS: Mapping[str, Mapping[str, Kind]] = {
    "discriminator": {
        "adversarial": Kind(value=_adversarial_of_discriminator, sides=BOTH, takes=OF_LOGITS),
        "mismatched": Kind(value=_mismatched, sides=BOTH, needs=("mismatched_args",), takes=("mismatched_fake_args",)),
        "r1": Kind(value=_penalty(("real",)), sides=("real",), observes=True),
        "r2": Kind(value=_penalty(("fake",)), sides=("fake",), observes=True),
        **_BETWEEN,
        "dragan": Kind(value=_penalty(("real",), "noise"), sides=("real",), takes=("noise",), draws=True, observes=True),
        **_DIFFERENCES,
        "drift": Kind(value=_drift, sides=BOTH),
        "lecam": Kind(value=_lecam, sides=BOTH, takes=("real_weight", "fake_weight"), keeps=True),
        "augmentation": Kind(value=_augmentation, sides=("real",), keeps=True, adds=False),
        "label_mix": Kind(value=_label_mix, sides=BOTH, needs=("mask",), takes=("mask_of_logits",)),
        "given": Kind(value=_given_of_critic, sides=()),
    },
    "generator": {
        "adversarial": Kind(value=_adversarial_of_generator, sides=("fake",), takes=OF_LOGITS),
        "feature_matching": Kind(value=_features, sides=BOTH),
        "path_length": Kind(
            value=_path_length, sides=(), needs=("generator", "latents"), takes=("noise",), draws=True, keeps=True
        ),
        "given": Kind(value=_given, sides=()),
    },
}
"""Player -> name of a kind -> what it is."""


def kind(player: str, term: Term) -> Kind:
    """That of a term of a table."""
    return KINDS[player][term.kind]
