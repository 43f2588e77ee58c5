"""The objective of a paper, for both players: what users call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial, reduce
from itertools import repeat
from numbers import Integral
from operator import add
from typing import Any, ClassVar, Generic

from ganloss_core.engine.side import shape
from ganloss_core.recipes.balance import balanced, combining
from ganloss_core.recipes.call import Call, Kit, number
from ganloss_core.recipes.checked import PLAYERS, check, check_numbers, check_settings
from ganloss_core.recipes.kinds import kind
from ganloss_core.recipes.losses import Due, Losses
from ganloss_core.recipes.names import RecipeName
from ganloss_core.recipes.needs import compares, of_terms, taken, together
from ganloss_core.recipes.reader import recipe as find
from ganloss_core.recipes.table import Recipe, Term, frozen
from ganloss_core.spec.arguments import factor, is_array, real, whole
from ganloss_core.words.ops import A


class BoundObjective(Generic[A]):
    """The objective of a paper, by name: what D and what G minimise, from a critic.

    Arguments:
        recipe: a name of `ganloss recipes`, or a `ganloss_core.recipes.Recipe` of your own.
        group: in PyTorch, the devices whose samples are one batch, as in `observe`.
        axis_name: the same in JAX.
        parameters: numbers of the recipe, by the names that `ganloss recipes show NAME` shows: weights, intervals, first steps.

    `discriminator` and `generator` take what the recipe's terms need, by name, and name what is missing. A weight that moves
    during training is given in the call: `objective.discriminator(critic, ..., gamma=0.1)`, a number or an array.

    Raises KeyError for an unknown recipe, ValueError for a recipe of your own that names what it does not have, TypeError and
    ValueError for parameters that it does not have or that are no numbers.

    >>> import torch, ganloss_torch as gan
    >>> objective = gan.Objective("r3gan", gamma=1.0)
    >>> critic, images, fakes = (lambda x: (x * x).sum(1)), torch.ones((4, 3)), torch.zeros((4, 3))
    >>> losses = objective.discriminator(critic, real=images, fake=fakes)
    >>> {name: round(value.item(), 3) for name, value in losses.terms.items()}
    {'adversarial': 0.049, 'r1': 6.0, 'r2': 0.0}
    """

    _kit: ClassVar[Kit[Any]]

    def __init__(self, recipe: RecipeName | str | Recipe, **parameters: Any) -> None:
        self.recipe: Recipe = recipe if isinstance(recipe, Recipe) else find(recipe)
        check(self.recipe)
        devices = self._kit.calculus.backend.several(parameters)
        self._devices: dict[str, Any] = dict([devices] if devices else [])
        unknown = [name for name in parameters if name not in self.recipe.parameters]
        if unknown:
            known = ", ".join(self.recipe.parameters) or "none"
            raise TypeError(f"{self.recipe.title} has no parameter {unknown[0]!r}: it has {known}")
        self.parameters: Mapping[str, float] = frozen({**self.recipe.parameters, **parameters})
        for name, value in self.parameters.items():
            real(name, value)
        check_numbers(self.recipe, self.parameters)
        self.loss: Any = self._kit.loss(self.recipe.loss, **self.recipe.settings, **self._devices)
        both = compares(self.loss, self._kit.calculus.backend.ops)
        self._needs = {player: of_terms(self.recipe, player, both) for player in PLAYERS}
        self._taken = {player: taken(self.recipe, player, self._needs[player]) for player in PLAYERS}
        self._together = bool({"joint", "differences"} & set(self.recipe.observe))
        self._balanced: dict[str, tuple[str, ...]] = {"discriminator": (), "generator": self.recipe.balanced}
        for player in PLAYERS:
            for name, term in self.recipe.terms(player).items():
                if (function := self._function(term)) is not None:
                    check_settings(self.recipe, player, name, term, function)
        # Their weights are applied outside.
        self._stateful = {
            name: self._state_of(player, term, 1.0)
            for player in PLAYERS
            for name, term in self.recipe.terms(player).items()
            if kind(player, term).keeps
        } | combining(self.recipe, self.parameters, self._kit.stateful, self._devices)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_stateful" in self.__dict__:
            raise AttributeError(f"an Objective is fixed when it is made: make a new one instead of setting {name!r}")
        super().__setattr__(name, value)

    def _function(self, term: Term) -> Any:
        """The penalty or term without state that a table's term is, if it is one."""
        found = [getattr(of, term.kind) for of in (self._kit.penalties, self._kit.terms) if hasattr(of, term.kind)]
        return found[0] if found else None

    def _state_of(self, player: str, term: Term, weight: Any) -> Any:
        weighted = {"weight": weight} if kind(player, term).adds else {}
        return self._kit.stateful[term.kind](**weighted, **term.arguments(self.parameters), **self._devices)

    def init(self, dtype: Any = None) -> dict[str, Any]:
        """The state before the first step: that of each term that keeps one, by its name; an empty dict if none does."""
        return {name: term.init(dtype) for name, term in self._stateful.items()}

    def discriminator(
        self,
        critic: Any,
        *,
        real: Any = None,
        fake: Any = None,
        real_args: Any = (),
        fake_args: Any = (),
        step: Any = 0,
        state: Mapping[str, Any] | None = None,
        terms: Iterable[str] | None = None,
        rng: Any = None,
        **given: Any,
    ) -> Losses[A]:
        """What D minimises in a step.

        Arguments:
            critic: as in `observe`; of a recipe with several critics, a dict of them.
            real, fake, real_args, fake_args: as in `observe`, or dicts of one for each critic; the fakes are held constant.
            step: the number of the step, from 0: which terms are computed, and which have started. In `jax.jit` a static
                argument; or an array, with `terms`.
            state: what the last call returned, or `init()`; only where a term keeps one.
            terms: the names of the terms to compute, one of the groups of `due`; all that are due if not given.
            rng: as in `wgan_gp`, for all terms that draw.
            given: what the recipe's terms need besides, the numbers of terms that you compute (each a number, or a function: of
                the fakes, or in D's step of what `observe` saw), and parameters of the recipe, for this step.

        Raises TypeError for what is missing, and for what no term takes; else as the terms do.
        """
        given |= {"real": real, "fake": fake, "real_args": real_args, "fake_args": fake_args}
        return self._losses("discriminator", critic, given, step, state, terms, rng)

    def generator(
        self,
        critic: Any,
        *,
        fake: Any = None,
        real: Any = None,
        fake_args: Any = (),
        real_args: Any = (),
        step: Any = 0,
        state: Mapping[str, Any] | None = None,
        terms: Iterable[str] | None = None,
        rng: Any = None,
        **given: Any,
    ) -> Losses[A]:
        """What G minimises in a step: arguments and errors as in `discriminator`; reals only where a term looks at them."""
        given |= {"real": real, "fake": fake, "real_args": real_args, "fake_args": fake_args}
        return self._losses("generator", critic, given, step, state, terms, rng)

    def due(self, step: int) -> Due:
        """The names of the terms that are computed in a step, by player, in groups of one optimiser step each."""
        return Due(*(self._groups(player, whole("step", step, 0, "the number of a step")) for player in PLAYERS))

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """What the objective is made of, by player and term: what computes each, with its settings and its weight.

        Of the adversarial terms it is the loss, whose weight, and whatever is adaptive, lazy or balanced, is in `recipe`.

        >>> import ganloss_torch as gan
        >>> gan.Objective("stylegan2").parts["generator"]["path_length"].weight
        2.0
        """
        found: dict[str, dict[str, Any]] = {player: {} for player in PLAYERS}
        for player, parts in found.items():
            for name, term in self.recipe.terms(player).items():
                weight, function = number(term.weight, self.parameters), self._function(term)
                if kind(player, term).keeps:
                    parts[name] = self._state_of(player, term, weight)
                elif function is not None:
                    parts[name] = partial(function, weight=weight, **term.arguments(self.parameters))
                elif term.kind == "adversarial":
                    parts[name] = self.loss
        return found

    def needs(self, player: str, names: Iterable[str] | None = None) -> tuple[str, ...]:
        """The arguments, besides the critic, that a player needs, or that some of its terms do.

        >>> import ganloss_torch as gan
        >>> gan.Objective("stylegan2").needs("generator")
        ('fake', 'generator', 'latents')
        """
        needs = self._needs[player]
        return together(needs.values() if names is None else [needs[name] for name in names])

    def __repr__(self) -> str:
        changed = [f", {name}={value}" for name, value in self.parameters.items() if value != self.recipe.parameters[name]]
        return f"Objective({self.recipe.title!r}{''.join(changed)})"

    def _groups(self, player: str, step: int) -> tuple[tuple[str, ...], ...]:
        table = self.recipe.terms(player)
        due = [name for name, term in table.items() if step % number(term.every, self.parameters) == 0]
        together = tuple(name for name in due if not table[name].apart)
        return tuple(group for group in (together, *((name,) for name in due if table[name].apart)) if group)

    def _names(self, player: str, step: Any, terms: Iterable[str] | None) -> list[str]:
        table = self.recipe.terms(player)
        if is_step := isinstance(step, Integral) or not is_array(step):
            step = whole("step", step, 0, "the number of a step")
        elif shape(step) or "int" not in str(step.dtype):
            raise TypeError(f"step must be the number of a step, an integer, got {step.dtype} of shape {shape(step)}")
        if terms is not None:
            names = [terms] if isinstance(terms, str) else list(terms)
            unknown = [name for name in names if name not in table]
            if unknown or not names or len(set(names)) < len(names):
                got = repr(unknown[0]) if unknown else ", ".join(names) or "none"
                raise ValueError(f"{self.recipe.title}'s {player} has the terms {', '.join(table)}, each once; got {got}")
            return names
        if not is_step and any(number(term.every, self.parameters) != 1 for term in table.values()):
            raise TypeError(
                "the step says which terms are computed, so that it must be a Python int (in jax.jit a static argument); "
                "or give terms=, a group of due(step), beside the array"
            )
        return [name for group in self._groups(player, step if is_step else 0) for name in group]

    def _losses(
        self, player: str, critic: Any, given: dict[str, Any], step: Any, state: Any, terms: Iterable[str] | None, rng: Any
    ) -> Losses[A]:
        names = self._names(player, step, terms)
        step = int(step) if isinstance(step, Integral) else step
        self._check(player, given, names)
        table = self.recipe.terms(player)
        keeping = [name for name in names if kind(player, table[name]).keeps or name in self._balanced[player]]
        if set(state or ()) != set(self._stateful) and (keeping or state):
            kept = f"a state of {', '.join(self._stateful)}: give state=objective.init()" if self._stateful else "no state"
            got = f", got one of {', '.join(state)}" if state else ""
            raise TypeError(f"{self.recipe.title} keeps {kept}{got}")
        of_discriminator = player == "discriminator"
        if of_discriminator and given.get("fake") is not None:
            # What trains D does not train G.
            given["fake"] = self._kit.calculus.mapped(self._kit.calculus.detached, given["fake"])
        drawing = sum(kind(player, table[name]).draws for name in names) + len(self.recipe.critics or "1")
        call: Call[A] = Call(
            kit=self._kit,
            recipe=self.recipe,
            loss=self.loss,
            parts=self._stateful,
            devices=self._devices,
            critics=self._critics(critic),
            given={**self.parameters, **given},
            needs={name: self._needs[player][name] for name in names},
            of_discriminator=of_discriminator,
            observes=any(kind(player, table[name]).observes for name in names) or self._together,
            step=step,
            keys=self._keys(rng, drawing),
            state=dict(state or {}),
        )

        def values(call: Call[A], names: Iterable[str], plain: frozenset[str] = frozenset()) -> dict[str, Any]:
            weights = {name: 1.0 if name in plain else call.weight(table[name]) for name in names}
            found = {name: kind(player, table[name]).value(call, name, table[name], weights[name]) for name in names}
            for name, value in found.items():
                if is_array(value) and shape(value):
                    raise ValueError(f"{self.recipe.title}'s term {name!r} must be one number, got shape {shape(value)}")
            return found

        weighed = any(table[name].adaptive or name in self._balanced[player] for name in names)
        found, through = balanced(call, names, values) if weighed else (values(call, names), None)
        parts = [found[name] for name in names if kind(player, table[name]).adds]
        total = reduce(add, parts if through is None else [*parts, through]) if parts else self._kit.calculus.number(0.0, None)
        hold = self._kit.calculus.backend.hold
        logged = {name: hold(x) if is_array(x) else x for name, x in {**found, **call.logged}.items()}
        return Losses(total, logged, call.state)

    def _keys(self, rng: Any, n: int) -> Iterator[Any]:
        return repeat(None) if rng is None else iter(self._kit.calculus.split(rng, n))

    def _critics(self, critic: Any) -> Mapping[str, Any]:
        names = self.recipe.critics
        if not names:
            return {"": critic}
        found = dict(critic.items()) if hasattr(critic, "items") else {}
        if set(found) != set(names):
            got = ", ".join(found) or type(critic).__name__
            raise TypeError(f"{self.recipe.title} has several critics: give a dict of {', '.join(names)}, got {got}")
        return found

    def _check(self, player: str, given: Mapping[str, Any], names: Iterable[str]) -> None:
        known, moving = self._taken[player]
        for name, value in given.items():
            if name in self.parameters and name not in known:
                raise TypeError(f"{name} is fixed when the objective is made: gan.Objective(..., {name}={value!r})")
            if name not in known:
                numbers = f", and for this step {', '.join(moving)}" if moving else ""
                raise TypeError(f"{self.recipe.title}'s {player} takes {', '.join(self.needs(player))}{numbers}; got {name!r}")
            if name in moving:
                factor(name, value)
        for name in names:
            missing = [argument for argument in self._needs[player][name].arguments if given.get(argument) is None]
            if missing:
                said, about = " and ".join(f"{argument}=" for argument in missing), self.recipe.terms(player)[name].about
                about = f", {about}" if about and name in missing else ""
                raise TypeError(f"{self.recipe.title}'s {player} needs {said} for its term {name!r}{about}")
