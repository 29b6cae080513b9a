"""The special functions against the standard library's, which are exact to the last bit or two."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from step import numeric
from step.numeric import erf, erfc, gelu

POINTS = np.concatenate(
    [
        np.linspace(-30, 30, 20001),
        np.random.default_rng(1).normal(size=20000),
        [0.0, -0.0, 1e-300, -1e-8, 0.46875, -0.46875, np.nextafter(0.46875, 1), 4.0, -4.0, np.nextafter(4.0, 5), 27.6],
    ]
)


def test_erf_is_exact_to_1e_15() -> None:
    exact = np.array([math.erf(x) for x in POINTS])
    assert np.abs(erf(POINTS) - exact).max() <= 1e-15


def test_erf_is_exact_relatively_for_small_numbers() -> None:
    small = np.geomspace(1e-300, 0.5, 2000)
    exact = np.array([math.erf(x) for x in small])
    assert (np.abs(erf(small) - exact) / exact).max() <= 1e-15


def test_erfc_is_exact_relatively_where_it_is_tiny() -> None:
    exact = np.array([math.erfc(x) for x in POINTS])
    normal = exact > 1e-300
    assert (np.abs(erfc(POINTS) - exact)[normal] / exact[normal]).max() <= 2e-15
    assert erfc(40.0) == 0.0


def test_gelu_is_the_exact_one_on_both_tails() -> None:
    exact = np.array([0.5 * x * math.erfc(-x / math.sqrt(2)) for x in POINTS])
    assert np.abs(gelu(POINTS) - exact).max() <= 1e-14
    assert gelu(-8.0) == pytest.approx(-8.0 * 0.5 * math.erfc(8.0 / math.sqrt(2)), rel=1e-12)


def test_infinities_and_nan() -> None:
    values = erf(np.array([np.inf, -np.inf, np.nan]))
    assert values[0] == 1.0 and values[1] == -1.0 and np.isnan(values[2])


@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype_stay(shape: tuple[int, ...], dtype: type) -> None:
    for function in (erf, erfc, gelu):
        result = np.asarray(function(np.ones(shape, dtype)))
        assert result.shape == shape and result.dtype == dtype


def test_the_argument_is_not_changed() -> None:
    values = np.linspace(-5, 5, 11)
    values.setflags(write=False)
    gelu(values)


@pytest.mark.parametrize("function", [erf, erfc, gelu])
def test_blocks_and_the_order_of_memory_make_no_difference(
    function: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(2).normal(size=(40, 30)) * 4
    whole = function(values)
    monkeypatch.setattr(numeric, "_BLOCK", 7)
    np.testing.assert_array_equal(function(values), whole)
    np.testing.assert_array_equal(function(values.T).T, whole)
    np.testing.assert_array_equal(function(values[::3, ::-2]), whole[::3, ::-2])
    assert [function(one) for one in values[0]] == whole[0].tolist()


def test_numbers_and_lists() -> None:
    assert erf(1) == pytest.approx(math.erf(1), rel=1e-15)
    assert isinstance(gelu(0.5), float)
    assert np.asarray(erf([0, 1, 2])).dtype == np.float64
    with pytest.raises(TypeError):
        erf(1j)


def test_what_stands_for_an_array_computes_itself() -> None:
    class Stands:
        def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
            return function, args

    one = Stands()
    assert gelu(one) == (gelu, (one,))
