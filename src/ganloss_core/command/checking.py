"""`ganloss check` and `ganloss identify`: losses, words and penalties of ours, and functions of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ganloss_core.command.console import Progress, extras, fail, out, print_json, print_rows, say, tracebacks
from ganloss_core.command.named import chosen

Own = Annotated[
    str, typer.Argument(metavar="MODULE:FUNCTION", help="A function of yours: my_module:d_loss, or file.py:d_loss.")
]
Generator = Annotated[str | None, typer.Option(metavar="MODULE:FUNCTION", help="Your G's loss, beside D's.")]
Role = Annotated[str, typer.Option("--as", help="What your function is: discriminator, generator, one_sided or penalty.")]
Backend = Annotated[list[str] | None, typer.Option(help="torch, jax or numpy; repeat for several. [installed]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")]


def check(
    own: Annotated[str | None, typer.Argument(metavar="[MODULE:FUNCTION]", help="A loss of yours, to be --is another.")] = None,
    loss: Annotated[list[str] | None, typer.Option(help="A loss; repeat for several. [all]")] = None,
    backend: Backend = None,
    dtype: Annotated[list[str] | None, typer.Option(help="float64, float32, bfloat16 or float16. [all]")] = None,
    device: Annotated[str, typer.Option(help="cpu, gpu (or cuda), tpu.")] = "cpu",
    devices: Annotated[int, typer.Option(help="Cut every batch over so many on the CPU: processes, JAX's devices.", min=1)] = 1,
    module: Annotated[Path | None, typer.Option(help="A Python file that registers your losses: check these.")] = None,
    as_json: AsJson = False,
    words: Annotated[bool, typer.Option("--words", help="Print the table of words too.")] = False,
    expected: Annotated[str | None, typer.Option("--is", help="What your function is said to be.")] = None,
    generator: Generator = None,
    role: Role = "discriminator",
    hyperparameter: Annotated[list[str] | None, typer.Option("--with", help="Of --is, as real_label=0.9; repeat.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Demand few ulp, and kinks.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the report for a CI server.")] = None,
    exhaustive: Annotated[bool, typer.Option("--exhaustive", help="Every float32 number through every word.")] = False,
    every: Annotated[int, typer.Option(help="Of the numbers of --exhaustive, each so-many-th.", min=1)] = 1,
    resume: Annotated[Path | None, typer.Option(help="Where --exhaustive keeps how far it is, and goes on from.")] = None,
) -> None:
    """Compare every loss and penalty on every backend with the exact result, and fail if one is out of bounds.

    The table has one row per loss and player; a cell is the worst error of value and gradient, in ulp beyond the conditioning
    of the loss in its logits, over generic logits, several magnitudes and kinks. On several devices a batch is cut unevenly.

    With a function of yours: say whether it is the loss that it is said to be, and if not, how they differ.
    """
    of_own = {"--generator": generator, "--with": hyperparameter, "--strict": strict, "--junit": junit}
    of_ours = {"--words": words, "--module": module, "--device": device != "cpu", "--devices": devices != 1}
    of_numbers = {"--every": every != 1, "--resume": resume}
    refused = (
        ("a function of yours: my_module:d_loss", own is None, of_own),
        ("losses of ours", own is not None, of_ours),
        ("--exhaustive", not exhaustive, of_numbers),
    )
    for what, absent, options in refused:
        given = [name for name, value in options.items() if value]
        if absent and given:
            raise fail(f"{given[0]} is for {what}")
    if own is not None:
        return _own(own, expected, generator, role, backend, hyperparameter or [], strict, dtype, as_json, junit, loss)
    if expected is not None:
        raise fail("--is says what a function of yours is: ganloss check my_module:d_loss --is hinge")
    if exhaustive:
        return _exhaustive(backend, device, every, resume, as_json)
    return _ours(loss, backend, dtype, device, devices, module, as_json, words)


def identify(
    own: Own,
    generator: Generator = None,
    role: Annotated[
        str, typer.Option("--as", help="What your function is: discriminator, generator or one_sided.")
    ] = "discriminator",
    backend: Annotated[str | None, typer.Option(help="torch, jax or numpy. [what the module imports]")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which loss a function of yours is: names, hyperparameters and codebases that give its values and gradients."""
    from ganloss_core.command import own as functions

    with extras():
        given = functions.given(role, own, generator)
        testing = functions.testing_of(list(given.values()), backend)
        if "penalty" in given:
            raise fail("identify goes through losses; a penalty is compared: ganloss check my_module:r1 --is r1 --as penalty")
        try:
            matches = testing.identify(**given)
        except Exception as problem:
            raise fail(f"{type(problem).__name__}: {problem}") from None
    if as_json:
        kinds = ("the same", "a multiple", "another")
        return print_json(
            [
                {"loss": m.written, "is": kinds[m.kind], "name": m.name, "hyperparameters": dict(m.hyperparameters)}
                for m in matches
            ]
        )
    if matches[0].kind == 2:
        say("None of the losses is the same, or a multiple. The nearest, by the angle between the gradients:")
    print_rows([("loss", None), ("", 1)], [str(m).split("; ", 1) for m in matches], headings=False)
    if matches[0].kind == 2:
        raise typer.Exit(1)
    return None


def _own(
    own: str,
    expected: str | None,
    generator: str | None,
    role: str,
    backend: list[str] | None,
    hyperparameters: list[str],
    strict: bool,
    dtypes: list[str] | None,
    as_json: bool,
    junit: Path | None,
    loss: list[str] | None,
) -> None:
    from ganloss_core.command import own as functions

    if expected is None:
        raise fail(f"what is {own} said to be? ganloss check {own} --is hinge; or ganloss identify {own}")
    with extras():
        given = functions.given(role, own, generator)
        testing = functions.testing_of(list(given.values()), backend[0] if backend else None)
        values = functions.numbers(hyperparameters)
        said: Any = expected
        if role != "penalty":
            (named,) = chosen([expected])
            said = named.base if values else named.loss
        strictly: dict[str, Any] = {"strict": True, "dtypes": dtypes} if strict else {}
        if loss or (dtypes and not strict):
            raise fail("--loss checks losses of ours" if loss else "--dtype says in what --strict is demanded")
        try:
            comparison = testing.compare(said, **given, **strictly, **values)
        except TypeError as problem:
            raise fail(problem) from None
    if junit is not None:
        functions.write_junit(comparison, junit)
    if as_json:
        print_json(comparison.as_dict())
    else:
        for line in str(comparison).split("\n"):
            say(line)
    if not comparison.ok:
        raise typer.Exit(1 if comparison.was_compared else 2)


def _exhaustive(backend: list[str] | None, device: str, every: int, resume: Path | None, as_json: bool) -> None:
    from ganloss_core import check as checks
    from ganloss_core.check.exhaustive import HEADINGS, check_halves, exhaustive

    with extras(), Progress() as progress:
        runners: list[Any] = checks.runners(backend or [name for name in checks.BACKENDS if name != "numpy"], device=device)
        found = [each for runner in runners for each in check_halves(runner)]
        found += exhaustive(runners, every=every, file=resume, progress=progress)
    if as_json:
        print_json([each.as_dict() for each in found])
    else:
        print_rows([(heading, None) for heading in HEADINGS], [each.row() for each in found])
    if not all(each.ok for each in found):
        raise typer.Exit(1)


def _ours(
    loss: list[str] | None,
    backend: list[str] | None,
    dtype: list[str] | None,
    device: str,
    devices: int,
    module: Path | None,
    as_json: bool,
    words: bool,
) -> None:
    from ganloss_core import check as checks
    from ganloss_core.check.processes import in_processes
    from ganloss_core.command.printed import print_report
    from ganloss_core.words.ulps import known_dtypes

    losses = chosen(loss, module)
    try:
        dtypes = known_dtypes(dtype)
        runners = checks.runners(backend, device=device, devices=devices)
    except ModuleNotFoundError as missing:
        raise fail(f"{missing.name} is not installed: pip install 'ganloss[{missing.name}]'") from None
    except (ValueError, ImportError, RuntimeError, AssertionError) as problem:
        raise fail(problem) from None
    names = {runner.name.split(" x ")[0] for runner in runners}
    wanted = backend or [name for name in checks.BACKENDS if devices == 1 or name not in checks.ON_ONE_DEVICE]
    absent = [name for name in wanted if name not in names]
    if not runners:
        raise fail(f"nothing to check on {devices} devices: {', '.join(absent)} has one")
    if device != "cpu" and all(runner.device == "cpu" for runner in runners):
        raise fail(f"nothing to check on {device!r}: {', '.join(r.name for r in runners)} compute on the CPU")
    if not any(set(dtypes) & set(runner.dtypes) for runner in runners):
        raise fail(f"nothing to check: no backend here ({', '.join(r.name for r in runners)}) computes in {', '.join(dtypes)}")
    all_of_ours = not loss and module is None
    with tracebacks(), Progress() as progress, in_processes(runners, None if all_of_ours else 0) as working:
        progress("words and penalties", 0, len(losses))
        # A word sees one device.
        others = [checks.check_words(runner, dtypes=dtypes) for runner in working if devices == 1]
        if all_of_ours:
            others += [checks.check_penalties(runner, dtypes=dtypes) for runner in working]
        report = checks.check([each.loss for each in losses], working, dtypes=dtypes, progress=progress)
    report = checks.Report(sum((other.rows for other in others), ()) + report.rows, report.agreements)
    if as_json:
        print_json(report.as_dict())
    else:
        print_report(out, report, ", ".join(f"{runner.name} on {runner.device}" for runner in runners), words=words)
        if absent:
            why = "On one device alone" if backend else "Not installed"
            say(f"{why}, so not checked: {', '.join(absent)}.")
    if not report.ok:
        raise typer.Exit(1)
