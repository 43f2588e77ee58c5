"""What notebooks show of a loss."""

from __future__ import annotations

from ganloss_core.backends import tex
from ganloss_core.engine.settings import Settings


class Typeset:
    """A loss that notebooks show as its formulas.

    >>> import ganloss_torch as gan
    >>> gan.GANLoss("wgan")._repr_latex_().startswith("$$")
    True
    """

    _settings: Settings

    def _repr_latex_(self) -> str | None:
        try:
            of = tex.of_settings(self._settings)
        except Exception:
            # Of vectors, or a user's that is more than words: the printed form is shown.
            return None
        return rf"$$\begin{{aligned}} D&: {of.discriminator} \\ G&: {of.generator} \end{{aligned}}$$"
