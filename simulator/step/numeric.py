"""Special functions that NumPy lacks, as whole-array expressions: `erf`, `erfc` and the exact `gelu`.

Functions and references need the exact (erf) GELU, and NumPy is all that a check may rely on.  Each function here
takes an array (or a number) of any shape and gives the same shape and floating type; it is made of ufuncs and
`np.where` only, without branches or item assignment, so that a batched function stays batched.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969),
pages 631-637: three rational approximations, for |x| up to 0.46875, up to 4 and beyond.  In double precision the
absolute error of `erf` is below 1e-15, and the relative error of `erfc` below 1e-14 wherever it is a normal number.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

# An array of any floating type, a number, or whatever answers to NumPy's protocols in an array's place.
Array = Any

_SMALL_LIMIT = 0.46875
_LARGE_LIMIT = 4.0
_UNDERFLOW = 27.5  # erfc is 0 in double precision from here on

# Highest power first.
_SMALL_TOP = (
    1.85777706184603153e-1,
    3.16112374387056560e00,
    1.13864154151050156e02,
    3.77485237685302021e02,
    3.20937758913846947e03,
)
_SMALL_BOTTOM = (
    1.0,
    2.36012909523441209e01,
    2.44024637934444173e02,
    1.28261652607737228e03,
    2.84423683343917062e03,
)
_MIDDLE_TOP = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e00,
    6.61191906371416295e01,
    2.98635138197400131e02,
    8.81952221241769090e02,
    1.71204761263407058e03,
    2.05107837782607147e03,
    1.23033935479799725e03,
)
_MIDDLE_BOTTOM = (
    1.0,
    1.57449261107098347e01,
    1.17693950891312499e02,
    5.37181101862009858e02,
    1.62138957456669019e03,
    3.29079923573345963e03,
    4.36261909014324716e03,
    3.43936767414372164e03,
    1.23033935480374942e03,
)
_LARGE_TOP = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
_LARGE_BOTTOM = (
    1.0,
    2.56852019228982242e00,
    1.87295284992346725e00,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
)


def erf(x: Array) -> Array:
    """The error function of every element: 2/√π · ∫₀ˣ exp(-t²) dt.  NaN stays NaN, ±inf gives ±1."""
    size = np.abs(x)
    return np.where(size <= _SMALL_LIMIT, _erf_small(x), np.copysign(1.0 - _erfc_beyond(size), x))


def erfc(x: Array) -> Array:
    """The complement 1 - erf(x) of every element, without the cancellation for large x."""
    size = np.abs(x)
    beyond = _erfc_beyond(size)
    return np.where(size <= _SMALL_LIMIT, 1.0 - _erf_small(x), np.where(x < 0, 2.0 - beyond, beyond))


def gelu(x: Array) -> Array:
    """The exact Gaussian error linear unit of every element: x · Φ(x), Φ the normal distribution function."""
    return 0.5 * x * erfc(x * -math.sqrt(0.5))


def _erf_small(x: Array) -> Array:
    """erf for |x| <= 0.46875; other elements give some finite number that the caller does not take."""
    inside = np.maximum(np.minimum(x, _SMALL_LIMIT), -_SMALL_LIMIT)
    square = inside * inside
    return inside * (_polynomial(_SMALL_TOP, square) / _polynomial(_SMALL_BOTTOM, square))


def _erfc_beyond(size: Array) -> Array:
    """erfc for size >= 0.46875; smaller elements give some finite number that the caller does not take."""
    size = np.maximum(np.minimum(size, _UNDERFLOW), _SMALL_LIMIT)
    # exp(-size²) loses digits as size² grows; Cody splits size² into an exact part and a small rest.
    coarse = np.trunc(size * 16.0) / 16.0
    decay = np.exp(-coarse * coarse) * np.exp(-(size - coarse) * (size + coarse))
    middle = _polynomial(_MIDDLE_TOP, size) / _polynomial(_MIDDLE_BOTTOM, size)
    inverse = 1.0 / (size * size)
    rest = inverse * _polynomial(_LARGE_TOP, inverse) / _polynomial(_LARGE_BOTTOM, inverse)
    large = (1.0 / math.sqrt(math.pi) - rest) / size
    return decay * np.where(size <= _LARGE_LIMIT, middle, large)


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Horner's rule, the highest power's coefficient first."""
    total = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total
