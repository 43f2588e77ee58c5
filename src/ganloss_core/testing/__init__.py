"""Your own code against the definition: is this hand-written loss the one that it says it is, and if not, what is it?

Here for functions of NumPy arrays, of which gradients are found by differences; `ganloss_torch.testing` and
`ganloss_jax.testing` have the same functions, and differentiate.
"""

from typing import Final

from ganloss_core.words.extras import extra

with extra("testing"):
    from ganloss_core.testing.comparison import Comparison, Worst

from ganloss_core.testing.expected import Own
from ganloss_core.testing.face import Face
from ganloss_core.testing.framework import Framework, Measured, NumPy
from ganloss_core.testing.identified import Match

_face = Face(NumPy())
assert_same: Final = _face.assert_same
compare: Final = _face.compare
identify: Final = _face.identify
own: Final = _face.own

__all__ = ["Comparison", "Framework", "Match", "Measured", "Own", "Worst", "assert_same", "compare", "identify", "own"]
