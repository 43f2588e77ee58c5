"""What users call, of one framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ganloss_core.engine.face import BoundLoss
from ganloss_core.spec.definition import LossLike
from ganloss_core.testing import batches
from ganloss_core.testing.comparison import Comparison, compared
from ganloss_core.testing.expected import Defined, Own
from ganloss_core.testing.framework import Framework
from ganloss_core.testing.identified import SHAPES, Match, identified
from ganloss_core.testing.own import called, functions
from ganloss_core.testing.penalties import NAMES, own_penalty, penalty_verdict
from ganloss_core.testing.terms import term_verdict

Callables = Callable[..., Any] | None


class Face:
    """`compare`, `assert_same`, `identify` and `own` for a framework."""

    def __init__(self, framework: Framework) -> None:
        self._framework = framework

    def own(
        self,
        *,
        discriminator: Callables = None,
        generator: Callables = None,
        one_sided: Callables = None,
        name: str = "the other",
    ) -> Own:
        """Functions of your own as what others are compared with, also in another framework: see `compare`.

        `name` is what reports call it.

        >>> from ganloss_torch.testing import compare, own
        >>> ours = own(discriminator=lambda real, fake: fake.mean() - real.mean(), name="ours")
        >>> compare(ours, discriminator=lambda d_real, d_fake: -(d_real - d_fake).mean()).ok
        True
        """
        return Own(functions(discriminator, generator, one_sided), self._framework, name)

    def compare(
        self,
        expected: LossLike | Own,
        *,
        discriminator: Callables = None,
        generator: Callables = None,
        one_sided: Callables = None,
        penalty: Callables = None,
        term: Callables = None,
        strict: bool = False,
        dtypes: Sequence[str] | None = None,
        **hyperparameters: Any,
    ) -> Comparison:
        """Say whether a hand-written loss is the one that it says it is, and if not, how they differ.

        On ordinary logits, up to 5 or past the furthest margin, in batches of several sizes and shapes, value and gradient must
        be the same to 2^-12 in float64, 2^-11 in float32: to that a stable and an unstable way to write a loss agree. Nor may a
        gradient be gone or no number, up to 16. What training hardly sees is remarked: derivatives at kinks, digits that are
        lost far out or in half precision, shapes that it does not take.

        Arguments:
            expected: a loss, by name, alias or `codebase/loss`, or a definition; or what `own` made, in any framework.
            discriminator: a function of (real, fake) logits to D's loss, one number. Arguments whose names say real and fake
                (`real_logits`, `d_fake`) are given by these, also in another order; others in the order (real, fake). With
                labels, name them as `real_labels` and `fake_labels`.
            generator: a function of (fake), or of (fake, real), to G's loss.
            one_sided: instead of both, a callable of (logits, target_is_real), as classes of losses have it. If it has an
                argument whose name contains "disc", that is True for D. D's loss is the sum of both sides.
            penalty: instead, a gradient penalty: a function of (critic, real, fake), of which `expected` is the name, such as
                "r1", and `weight=` its weight. What it draws from PyTorch's random numbers, or from an argument `key`, ours
                takes too; or arguments `mix` and `noise` are given to both.
            term: instead, a term with state, called for several steps as (real, fake), or as (state, real, fake) to
                (loss, state), of which the first is `state=`; `expected` is a `LeCam`, `BEGAN` or `MINE`.
            strict: demand the contract of ganloss: exact results to few ulp, kinks included.
            dtypes: in which, if strict; by default float64 and float32.
            hyperparameters: those of `expected`.

        Returns the report: `ok`, `verdicts`, `remarks` and the `worst` input; `str()` of it reads.

        Raises TypeError for what is no function, or where it is not clear which argument is which, and the errors of `GANLoss`.

        >>> from ganloss_torch.testing import compare
        >>> compare("wgan", discriminator=lambda real, fake: 0.5 * (fake.mean() - real.mean())).verdicts
        ('D is 0.5 times wasserstein.',)
        """
        both = (discriminator, generator) if discriminator is not None or generator is not None else None
        if [both is None, one_sided is None, penalty is None, term is None].count(False) > 1:
            raise TypeError("give one of one_sided=, penalty=, term=, or discriminator= and generator=")
        if penalty is not None:
            return self._penalty(expected, called("penalty", penalty), **hyperparameters)
        if term is not None:
            return self._term(expected, called("term", term), **hyperparameters)
        own = self.own(discriminator=discriminator, generator=generator, one_sided=one_sided)
        if isinstance(expected, Own):
            if hyperparameters:
                raise TypeError(f"hyperparameters are those of a loss of ganloss, got {', '.join(hyperparameters)}")
            return compared(expected, own, strict, dtypes)
        if isinstance(expected, BoundLoss):
            expected, hyperparameters = expected._settings.loss, {**expected.hyperparameters, **hyperparameters}
        return compared(Defined(expected, hyperparameters), own, strict, dtypes)

    def _term(self, expected: Any, term: Callable[..., Any], *, state: Any = None) -> Comparison:
        ok, said = term_verdict(expected, term, state, self._framework)
        return Comparison(str(expected), ok, (said,), (), None)

    def _penalty(
        self, expected: Any, penalty: Callable[..., Any], *, weight: float | None = None, **settings: Any
    ) -> Comparison:
        if expected not in NAMES:
            raise ValueError(f"a penalty is one of {', '.join(NAMES)}, got {expected!r}")
        if weight is None:
            raise TypeError(f"{expected} needs its weight: weight=10.0, or --with weight=10.0")
        critics: Any = self._framework
        if not hasattr(critics, "on_critic"):
            raise TypeError(f"{critics.name} differentiates no critics: penalties are compared in PyTorch and JAX")
        own = own_penalty(penalty, expected)
        ok, said, remarks = penalty_verdict(expected, weight, settings, own, critics)
        return Comparison(expected, ok, (said,), tuple(remarks), None, not said.startswith("The penalty raises"))

    def assert_same(
        self,
        expected: LossLike | Own,
        *,
        discriminator: Callables = None,
        generator: Callables = None,
        one_sided: Callables = None,
        penalty: Callables = None,
        term: Callables = None,
        strict: bool = False,
        dtypes: Sequence[str] | None = None,
        **hyperparameters: Any,
    ) -> None:
        """Raise AssertionError, with the report, unless a hand-written loss is the one that it says it is.

        Arguments and other errors are those of `compare`.

        >>> from ganloss_torch.testing import assert_same
        >>> assert_same("wgan", discriminator=lambda real, fake: fake.mean() - real.mean())
        """
        __tracebackhide__ = True
        given: dict[str, Any] = {"discriminator": discriminator, "generator": generator, "one_sided": one_sided}
        given |= {"penalty": penalty, "term": term}
        comparison = self.compare(expected, **given, strict=strict, dtypes=dtypes, **hyperparameters)
        if not comparison.ok:
            raise AssertionError(str(comparison))

    def identify(
        self,
        *,
        discriminator: Callables = None,
        generator: Callables = None,
        one_sided: Callables = None,
        most: int = 5,
    ) -> list[Match]:
        """Say which loss a hand-written one is: names, hyperparameters and codebases that give its values and gradients.

        Arguments are those of `compare`; `most` is how many are named where none is the same. Returns what is the same, or a
        multiple; if nothing is, the nearest, by the angle between the gradients.

        >>> from ganloss_torch.testing import identify
        >>> identify(discriminator=lambda real, fake: fake.mean() - real.mean())[0].name
        'wasserstein'
        """
        own = self.own(discriminator=discriminator, generator=generator, one_sided=one_sided)
        targets = {}
        for player, function in own.functions.items():
            of_shapes = [batches.ordinary(batches.OF_LOGITS, shape) for shape in SHAPES]
            targets[player] = [(given, own.framework.measure(function, given, "float64")) for given in of_shapes]
        return identified(targets, 0, most)


for _function in (Face.own, Face.compare, Face.assert_same, Face.identify):
    # What Python's own errors name.
    _function.__qualname__ = _function.__name__
