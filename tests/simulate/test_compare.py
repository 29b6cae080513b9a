from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from step.primitives.base import Data
from step.simulate import compare as module
from step.simulate.compare import RELATIVE, SCALED, compare
from step.types import f32

NAN, INF = np.nan, np.inf


def stream(*arrays: object) -> Data:
    return Data(f32, 1, tuple(np.asarray(one, float) if isinstance(one, list) else one for one in arrays))  # type: ignore[arg-type]


def test_equal() -> None:
    result = compare([stream([1.0, -2.0])], [stream([1.0, -2.0])])
    assert result.is_equal
    assert (result.max_abs_error, result.max_rel_error, result.scale) == (0, 0, 2)


@pytest.mark.parametrize("error", [1e-14, 3e-11])
def test_rounding_is_equal(error: float) -> None:
    result = compare([stream([1.0, 1e5])], [stream([1.0, 1e5 * (1 + error)])])
    assert result.is_equal
    assert result.max_rel_error == pytest.approx(error, rel=0.1)


@pytest.mark.parametrize("error", [1e-9, 1e-6, 1e-3, NAN, INF])
def test_more_is_not(error: float) -> None:
    assert not compare([stream([1.0, 2.0])], [stream([1.0 + error, 2.0])]).is_equal


def test_a_small_value_beside_a_large_one_is_still_compared() -> None:
    assert not compare([stream([1e6, 1e-3])], [stream([1e6, 2e-3])]).is_equal


def test_what_cancellation_leaves_beside_large_values_is_equal() -> None:
    assert compare([stream([1e3, 0.0])], [stream([1e3, 1e-10])]).is_equal
    assert not compare([stream([1e-3, 0.0])], [stream([1e-3, 1e-10])]).is_equal


def test_the_first_difference_in_the_arrays_order() -> None:
    want = np.zeros((3, 4)) + 1
    have = want.copy()
    have[1, 3] = 5
    have[2, 0] = 9
    difference = compare([stream([1.0]), stream(want)], [stream([1.0]), stream(have)]).difference
    assert difference is not None
    assert (difference.output, difference.field, difference.index) == (1, 0, (1, 3))
    assert (difference.expected, difference.actual, difference.wrong, difference.total) == (1, 5, 2, 12)


def test_fields() -> None:
    difference = compare([stream([1.0], [2.0])], [stream([1.0], [3.0])]).difference
    assert difference is not None and difference.field == 1


def test_what_is_not_finite_is_equal_to_itself_only() -> None:
    want = stream([NAN, INF, -INF, 1.0])
    result = compare([want], [stream([NAN, INF, -INF, 1.0])])
    assert result.is_equal and result.non_finite == 3
    for place, value in ((0, 1.0), (1, -INF), (1, NAN), (2, INF), (3, NAN), (3, INF), (3, 1.1)):
        have = want.arrays[0].copy()
        have[place] = value
        difference = compare([want], [stream(have)]).difference
        assert difference is not None and difference.index == (place,), (place, value)


def test_an_infinity_does_not_widen_the_tolerance() -> None:
    assert not compare([stream([INF, 1.0])], [stream([INF, 2.0])]).is_equal


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.uint8])
def test_whole_numbers_exactly(dtype: type) -> None:
    want, have = np.array([0, 1], dtype), np.array([1, 1], dtype)
    assert compare([stream(want)], [stream(want)]).is_equal
    assert not compare([stream(want)], [stream(have)]).is_equal


def test_large_whole_numbers_exactly() -> None:
    want = np.array([2**62], np.int64)
    assert not compare([stream(want)], [stream(want + 1)]).is_equal


def test_nothing_to_compare() -> None:
    assert compare([stream(np.zeros((0, 3)))], [stream(np.zeros((0, 3)))]).is_equal


def test_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 5)
    want = np.arange(24.0).reshape(4, 6)
    have = want.copy()
    have[2, 1] += 1
    have[3, 5] = NAN
    result = compare([stream(want)], [stream(have)])
    assert result.difference is not None
    assert (result.difference.index, result.difference.wrong, result.scale) == ((2, 1), 2, 23)
    assert result.max_abs_error == 1


def test_other_shapes_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        compare([stream([1.0])], [stream([1.0, 2.0])])


def test_the_docs_tell_the_tolerance() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    expected = f"at most {RELATIVE:.0e} of the expected one plus {SCALED:.0e} of the output's largest"
    assert expected in page
