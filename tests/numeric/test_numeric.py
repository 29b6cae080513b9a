"""The special functions against the standard library's, which are exact to the last bit or two."""

import math

import numpy as np
import pytest
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
    assert (np.abs(erfc(POINTS) - exact)[normal] / exact[normal]).max() <= 1e-14
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
