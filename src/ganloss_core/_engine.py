"""From a loss to the functions that users call: checks, weights, reductions. No formula knows of any of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, NamedTuple

from ganloss_core._backend import Backend
from ganloss_core._expectation import Expectation, Plain, Reduction, Weighted, shape, size
from ganloss_core._heads import CONTAINERS, Heads, over_heads
from ganloss_core._loss import Loss, Sides, TwoSided, game, paired, separable
from ganloss_core._ops import A


class Functions(NamedTuple, Generic[A]):
    """A loss bound to a backend, a reduction and a rule for heads."""

    discriminator: Callable[..., Any]
    generator: Callable[..., Any]
    discriminator_terms: Callable[..., Any]
    one_sided: Callable[..., Any]


def bind(loss: Loss[A], backend: Backend[A], *, name: str, reduction: Reduction, heads: Heads) -> Functions[A]:
    """The functions that users call, for logits of one backend."""
    d_sides, g_sides, g_needs_real = game(loss)
    is_paired, per_element = loss.coupling is paired, reduction == "none"
    logits = backend.logits
    plain = Plain(backend, reduction)
    unweighted = Expectation(backend, plain, plain, plain.finish, reduction, loss.pairs_mean)
    one_array_only = isinstance(heads, str)

    def weighted(real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> tuple[Any, Any, Expectation[A]]:
        w_real = _weight(backend, real, real_weight, "real")
        w_fake = _weight(backend, fake, fake_weight, "fake")
        if is_paired:
            w_real = w_fake = _product(backend, w_real, w_fake, reduction)
        real, fake = _without_masked(backend, real, w_real), _without_masked(backend, fake, w_fake)
        on_real, on_fake = (plain if w is None else Weighted(backend, w, reduction) for w in (w_real, w_fake))

        def finish_pair(part: A) -> A:
            w = w_real
            if shape(part) != shape(fake):
                w_rows, w_columns = (
                    None if w is None else backend.reshape(w, to) for w, to in ((w_real, (-1, 1)), (w_fake, (1, -1)))
                )
                w = _product(backend, w_rows, w_columns, reduction)
            elif not is_paired:
                w = _product(backend, w_real, w_fake, reduction)
            assert w is not None
            return Weighted(backend, w, reduction, strict=True).finish(part)

        return real, fake, Expectation(backend, on_real, on_fake, finish_pair, reduction, loss.pairs_mean)

    def evaluate(
        sides_of: TwoSided[A], real: Any, fake: Any, real_weight: Any, fake_weight: Any, as_sides: bool = per_element
    ) -> Any:
        fake = logits(fake, "fake")
        fake_shape = fake.shape
        if real is not None or sides_of is d_sides:
            if isinstance(real, CONTAINERS):
                raise TypeError(f"real is a {type(real).__name__} of logits and fake is not: with several heads, both must be")
            real = logits(real, "real")
            if real.shape != fake_shape:
                _check_shapes(name, real.shape, fake_shape, is_paired)
        if 0 in fake_shape:
            raise _empty("fake", fake_shape)
        E = unweighted
        if real_weight is not None or fake_weight is not None:
            real, fake, E = weighted(real, fake, real_weight, fake_weight)
        sides = sides_of(real, fake, E)
        if sides.__class__ is not Sides:
            raise TypeError(f"{name}: a coupling must return ganloss_core.Sides, got {type(sides).__name__}")
        on_real, on_fake, on_pair, on_batch = sides
        if on_pair is not None and not is_paired:
            _check_pairs(name, real, fake, on_pair)
        if as_sides:
            if per_element and on_batch is not None:
                raise ValueError(f"{name} is a function of the whole batch, without terms per element: use reduction='mean'")
            return Sides(
                None if on_real is None else E.finish_real(on_real),
                None if on_fake is None else E.finish_fake(on_fake),
                None if on_pair is None else E.finish_pair(on_pair),
                on_batch,
            )
        total = None if on_real is None else E.finish_real(on_real)
        if on_fake is not None:
            total = E.finish_fake(on_fake) if total is None else total + E.finish_fake(on_fake)
        if on_pair is not None:
            total = E.finish_pair(on_pair) if total is None else total + E.finish_pair(on_pair)
        total = total if on_batch is None else on_batch if total is None else total + on_batch
        if total is None:
            raise TypeError(f"{name}: a coupling returned Sides without any part")
        return total

    def per_head(sides_of: TwoSided[A], as_sides: bool, **arguments: Any) -> Any:
        return over_heads(partial(evaluate, sides_of, as_sides=as_sides), heads, per_element, **arguments)

    def discriminator(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        """(real, fake, *, real_weight=None, fake_weight=None) to the scalar that D minimises; see `GANLoss`."""
        if isinstance(fake, CONTAINERS) or not one_array_only:
            return per_head(d_sides, per_element, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(d_sides, real, fake, real_weight, fake_weight)

    def discriminator_terms(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        """(real, fake, *, real_weight=None, fake_weight=None) to the `Sides` that D's loss is the sum of; see `GANLoss`."""
        if isinstance(fake, CONTAINERS) or not one_array_only:
            return per_head(d_sides, True, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(d_sides, real, fake, real_weight, fake_weight, True)

    def generator(fake: Any, *by_keyword: Any, real: Any = None, real_weight: Any = None, fake_weight: Any = None) -> Any:
        """(fake, *, real=None, real_weight=None, fake_weight=None) to the scalar that G minimises; see `GANLoss`."""
        if by_keyword:
            raise TypeError(f"{name}: generator takes the fake logits first and real by keyword: generator(fake, real=...)")
        if not g_needs_real:
            real = real_weight = None
        elif real is None:
            raise TypeError(f"{name} compares fakes with reals in the generator's loss too: call generator(fake, real=...)")
        if isinstance(fake, CONTAINERS) or not one_array_only:
            return per_head(g_sides, per_element, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(g_sides, real, fake, real_weight, fake_weight)

    def one_sided(logits_: Any, target_is_real: bool, is_disc: bool = False) -> Any:
        """(logits, target_is_real, is_disc=False): D's term on one side with is_disc=True, else G's loss; see `GANLoss`."""
        if type(target_is_real).__name__ not in ("bool", "bool_", "int"):
            raise TypeError(
                f"{name}: target_is_real must be True or False, got {type(target_is_real).__name__}: a call is on one side; "
                "for both there is discriminator(real, fake)"
            )
        if loss.coupling is not separable:
            raise TypeError(
                f"{name} compares reals with fakes, which a call on one side cannot do: "
                "use discriminator(real, fake) and generator(fake, real=...)"
            )
        if not is_disc and not target_is_real:
            raise ValueError(
                f"{name}: a generator loss with target_is_real=False means something else in every codebase: "
                "G's loss is target_is_real=True, D's loss on fakes is target_is_real=False with is_disc=True"
            )
        if is_disc:
            term, side = (loss.real, "real") if target_is_real else (loss.fake, "fake")

        def of_one_head(x: Any) -> Any:
            if not is_disc:
                loss_or_sides = evaluate(g_sides, None, x, None, None)
                return loss_or_sides.fake if per_element else loss_or_sides
            x = logits(x, side)
            if 0 in x.shape:
                raise _empty(side, x.shape)
            return plain.finish(term(x))

        if isinstance(logits_, CONTAINERS) or not one_array_only:
            return over_heads(of_one_head, heads, per_element, x=logits_)
        return of_one_head(logits_)

    return Functions(discriminator, generator, discriminator_terms, one_sided)


def _weight(backend: Backend[A], x: Any, weight: Any, side: str) -> A | None:
    if weight is None:
        return None
    if x is None:
        raise TypeError(f"{side}_weight was given without {side} logits")
    if not hasattr(weight, "shape") or shape(weight) != shape(x):
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        raise ValueError(
            f"{side}_weight must be an array of the logits' shape {shape(x)}, got {got}: nothing is broadcast for you"
        )
    if "complex" in str(weight.dtype):
        raise TypeError(f"{side}_weight must be real or bool, got {weight.dtype}")
    return backend.like(weight, x)


def _without_masked(backend: Backend[A], x: Any, w: A | None) -> Any:
    # A masked logit is replaced before any formula sees it: a NaN there would reach gradients through 0 * NaN. The mean of
    # the others is as good an argument as they are; 0 might be where a term is infinite.
    if w is None:
        return x
    rest = backend.sum(w * backend.masked(w, x, 0.0)) / backend.sum(w)
    return backend.masked(w, x, backend.constant(rest))


def _product(backend: Backend[A], a: A | None, b: A | None, reduction: Reduction) -> A | None:
    if a is None or b is None:
        return b if a is None else a
    # In a mean the scale does not matter, but the product of two tiny or huge weights would leave the type's range.
    return a / backend.sum(a) * (b / backend.sum(b)) if reduction == "mean" else a * b


def _check_pairs(name: str, real: Any, fake: Any, part: Any) -> None:
    of_all = (size(real), size(fake))
    if shape(part) != of_all and not shape(part) == shape(real) == shape(fake):
        raise ValueError(
            f"{name}: a part on pairs must have the shape of both sides, got {shape(part)} from real logits of shape "
            f"{shape(real)} and fake logits of shape {shape(fake)}"
        )


def _empty(side: str, shape: Any) -> ValueError:
    return ValueError(f"{side} logits are empty, shape {tuple(shape)}: a mean over nothing is NaN")


def _check_shapes(name: str, real: Any, fake: Any, is_paired: bool) -> None:
    if 0 in real:
        raise _empty("real", real)
    if len(real) != len(fake):
        raise ValueError(
            f"{name}: real logits have shape {tuple(real)} and fake logits {tuple(fake)}; give both the same number of "
            "dimensions: a loss that compares the sides would broadcast one against the other"
        )
    if is_paired:
        raise ValueError(
            f"{name} pairs real_i with fake_i, so both sides need the same shape, got {tuple(real)} and {tuple(fake)}; "
            "unequal batches need another coupling, such as all pairs or the average"
        )
