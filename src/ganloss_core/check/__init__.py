"""Proof that losses and backends keep the contract: values, gradients and kinks against the oracle, in ulps.

    report = check()                                  # every loss on every installed backend
    report = check(losses=[my_loss])                  # a loss of your own, registered or not
    report = check(runners=[my_runner])               # a backend of your own: see `Runner`
    report = check(runners=runners(devices=3))        # batches cut over three devices
    assert report.ok, report.failures

Errors are counted in eps of the computation's dtype and of the conditioning of the loss in what it is given (`Conditioned` of
`ganloss_core.backends.exact`). The budget is that of the loss's worst word, plus half the number of logits for the sums. A loss
with hyperparameters is checked at its defaults, and at others that are drawn.
"""

from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.exhaustive import Furthest, WordRunner, check_halves, exhaustive
from ganloss_core.check.losses import BACKENDS, ON_ONE_DEVICE, PLAYERS, check, runners
from ganloss_core.check.penalties import check_penalties
from ganloss_core.check.report import Agreement, Derivatives, Evaluated, Report, Row, Runner, Where
from ganloss_core.check.words import check_words
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ulps import DTYPES

__all__ = [
    "BACKENDS",
    "DTYPES",
    "ON_ONE_DEVICE",
    "PLAYERS",
    "Agreement",
    "Derivatives",
    "Evaluated",
    "Furthest",
    "Inputs",
    "Report",
    "Row",
    "Runner",
    "Settings",
    "Where",
    "WordRunner",
    "check",
    "check_halves",
    "check_penalties",
    "check_words",
    "exhaustive",
    "runners",
]
