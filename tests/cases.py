"""Many quick cases in one test: pytest's own share of a test is more than a millisecond."""

import functools
import inspect


def each(names, cases):
    """As `pytest.mark.parametrize`, in one test, whose failure has a note of the case."""
    names, cases = [name.strip() for name in names.split(",")] if isinstance(names, str) else names, list(cases)
    assert cases

    def of(test):
        @functools.wraps(test)
        def all_of_them(**fixtures):
            for case in cases:
                given = dict(zip(names, [case] if len(names) == 1 else case, strict=True))
                try:
                    test(**fixtures, **given)
                except BaseException as failure:
                    failure.add_note(f"case: {given}")
                    raise

        signature = inspect.signature(test)
        others = [parameter for name, parameter in signature.parameters.items() if name not in names]
        all_of_them.__signature__ = signature.replace(parameters=others)
        return all_of_them

    return of
