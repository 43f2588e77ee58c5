"""What an array library does for penalties, besides its `Backend`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import shape
from ganloss_core.words.ops import A

Critic = Callable[..., Any]
DRAWS = (
    "both ends of a difference are in one batch (differences=, fraction=), each row of which has other random numbers: the "
    "critic must draw none (dropout, noise), or leave these arguments out"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Calculus(Generic[A]):
    """One table for each array library. An input is an array, or a structure of arrays, such as a dict."""

    backend: Backend[A]
    linearize: Callable[[Callable[[Any], tuple[list[A], Any]], Any, Any], tuple[list[A], Any, Callable[[], list[Any]]]]
    """(f, x, critic): the arrays and the rest of f(x) = (arrays, rest), and a function to the gradients of their sums by x.

    A gradient has x's structure, and can be differentiated again. ValueError, where that can be seen, if no array depends on
    x.
    """
    tree: Callable[[Any], tuple[list[Any], Any, Callable[[list[Any]], Any]]]
    """The arrays of a structure, dicts in the order of their names; what is equal for equal structures; and a function from as
    many arrays to the same structure."""
    functional: Callable[[Critic, bool], tuple[Critic, Callable[[Any], None] | None]]
    """A critic that returns (output, what it keeps) and a function that keeps it; or the critic itself and None.

    If it must do the same to all rows, ValueError where it can be seen that it draws numbers."""
    undisturbed: Callable[[Critic, bool], Critic]
    """The critic, whose call leaves what it keeps (running means) as it is; all rows as in `functional`."""
    remembered: Callable[[Critic], Callable[[A], Critic]]
    """A critic to a function of x: the critic as it is before it sees x, what it keeps and draws: the same function twice."""
    anchored: Callable[[A, A], A]
    """(penalty, number): the penalty, on which every parameter that the number depends on has a gradient, if only 0."""
    waits: Callable[[], bool]
    """Whether something waits for a gradient of every parameter."""
    trace: Callable[[], Any]
    """What is computed now belongs to this, and may be used where it is equal."""
    concatenate: Callable[[Sequence[A]], A]
    """Along the first axis."""
    detached: Callable[[A], A]
    split: Callable[[Any, int], Any]
    """(rng, n): what n draws draw with."""
    uniform: Callable[[tuple[int, ...], A, Any], A]
    """(shape, x, rng): numbers in [0, 1), of x's dtype, on its device."""
    normal: Callable[[tuple[int, ...], A, Any], A]
    """(shape, x, rng): standard normal numbers, of x's dtype, on its device."""
    number: Callable[[float, Any], A]
    """(value, dtype): an array of shape (), float32 if dtype is None."""
    pixels: Callable[[tuple[int, ...]], tuple[int, ...]]
    """The part of an image batch's shape that is neither samples nor channels."""

    def leaves(self, x: Any) -> list[Any]:
        """The arrays of a structure."""
        return [x] if hasattr(x, "shape") else self.tree(x)[0]

    def mapped(self, f: Callable[..., Any], x: Any, *others: Any) -> Any:
        """f of each array of x, with those at its place in the others, which have x's structure."""
        if all(hasattr(each, "shape") for each in (x, *others)):
            return f(x, *others)
        leaves, structure, rebuilt = self.tree(x)
        each_other = [self.tree(other)[:2] for other in others]
        for _, other in each_other:
            if other != structure:
                raise ValueError(f"inputs of several arrays must have one structure, got {structure} and {other}")
        return rebuilt([f(*each) for each in zip(leaves, *(arrays for arrays, _ in each_other), strict=True)])

    def drawn(self, name: str, given: Any, rng: Any, of: tuple[int, ...], x: A, draw: Callable[..., A]) -> A:
        """The numbers that were given, checked, or drawn ones, of a shape and of x's dtype."""
        if given is None:
            return draw(of, x, rng)
        if rng is not None:
            raise TypeError(f"give {name} or rng, not both")
        array = self.backend.like(given, x)
        if shape(array) != of:
            raise ValueError(f"{name} must have shape {of}, got {shape(array)}")
        return array

    def drawn_like(self, name: str, given: Any, rng: Any, x: Any, draw: Callable[..., A]) -> Any:
        """The same in the structure and the shapes of x."""
        leaves, structure, rebuilt = self.tree(x)
        each, of_given = ([None] * len(leaves), structure) if given is None else self.tree(given)[:2]
        if of_given != structure:
            raise ValueError(f"{name} must have the structure of the input, {structure}, got {of_given}")
        keys = self.split(rng, len(leaves))
        return rebuilt([self.drawn(name, g, k, shape(x), x, draw) for g, k, x in zip(each, keys, leaves, strict=True)])
