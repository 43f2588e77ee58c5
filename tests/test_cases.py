"""Cases in one test are all run, and a failure says in which it is."""

import pytest

from cases import each


def test_each_case_is_run_and_named():
    seen = []

    @each("a, b", [(1, 2), (3, 0)])
    @each("c", "xy")
    def test(a, b, c, fixture):
        seen.append((a, b, c, fixture))
        assert b

    with pytest.raises(AssertionError) as failure:
        test(fixture="f")
    assert seen == [(1, 2, "x", "f"), (1, 2, "y", "f"), (3, 0, "x", "f")]
    assert failure.value.__notes__ == ["case: {'c': 'x'}", "case: {'a': 3, 'b': 0}"]
    with pytest.raises(AssertionError):
        each("a", [])(test)
