"""Special functions that NumPy lacks, as whole-array expressions: `erf`, `erfc` and the exact `gelu`.

Functions and references need the exact (erf) GELU, and NumPy is all that a check may rely on.  Each function here
takes an array (or a number) of any shape and gives the same shape and floating type.  They answer to NumPy's protocol
`__array_function__`, as NumPy's own functions do: what stands for arrays (a batch of them) may compute them itself.

The elements are computed in blocks that stay in the processor's cache.

Sources: M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞",
Mathematics of Computation 36 (1981), pages 249-253, for the form of `erfc`: one polynomial for all x, in
(x - 4) / (x + 4); its coefficients were computed here with 40 digits.  W. J. Cody, "Rational Chebyshev approximations
for the error function", Mathematics of Computation 23 (1969), pages 631-637, for `erf` of |x| up to 0.46875.  In double
precision the absolute error of `erf` is below 1e-15, and the relative error of `erfc` below 2e-15 wherever it is a
normal number.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# An array of any floating type, a number, or whatever answers to NumPy's protocol in an array's place.
Array = Any
Floats = NDArray[Any]

_BLOCK = 8192  # elements

_SMALL_LIMIT = 0.46875
_UNDERFLOW = 27.5  # erfc is 0 in double precision from here on

# The coefficients of two polynomials, the one above the fraction bar and the one below; the highest power first.
# erf(x) / x in x².
_SMALL = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e00,
        1.13864154151050156e02,
        3.77485237685302021e02,
        3.20937758913846947e03,
    ),
    (1.0, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03),
)
_CENTRE = 4.0
# (1 + 2x) · exp(x²) · erfc(x) as a polynomial in (x - 4) / (x + 4), for 0 <= x <= 27.5; the highest power first.
_SCALED_ERFC = (
    -1.8268887277819764e-09,
    -1.3722173702606474e-08,
    -7.813652401815243e-09,
    1.1538352178056393e-07,
    6.295710050279491e-08,
    -8.350551298872628e-07,
    3.0110803190584703e-07,
    5.717703012686487e-06,
    -1.1224670968602998e-05,
    -2.4403040334603584e-05,
    0.00015062221484365434,
    -0.0001992555570696697,
    -0.00075777333895463,
    0.005031969767043905,
    -0.01619773405873554,
    0.0371675155610361,
    -0.06633036581162986,
    0.09373283499689695,
    -0.10103906603634465,
    0.06809705425473402,
    0.015379652102620562,
    -0.13962111684056286,
    1.2329951186255526,
)


def erf(x: Array) -> Array:
    """The error function of every element: 2/√π · ∫₀ˣ exp(-t²) dt.  NaN stays NaN, ±inf gives ±1."""
    return _of_all(erf, _erf, x)


def erfc(x: Array) -> Array:
    """The complement 1 - erf(x) of every element, without the cancellation for large x."""
    return _of_all(erfc, _erfc, x)


def gelu(x: Array) -> Array:
    """The exact Gaussian error linear unit of every element: x · Φ(x), Φ the normal distribution function."""
    return _of_all(gelu, _gelu, x)


def _of_all(function: Callable[[Array], Array], compute: Callable[[Floats], Floats], x: Array) -> Array:
    """The function of every element: by whoever stands for an array, or block by block."""
    kind = type(x)  # what stands for an array may tell isinstance that it is one
    if not issubclass(kind, np.ndarray) and hasattr(kind, "__array_function__"):
        return x.__array_function__(function, (kind,), (x,), {})
    array = np.asarray(x)
    if array.dtype.kind != "f":
        array = array.astype(np.float64, casting="safe")
    if array.size <= _BLOCK:
        result = compute(array.reshape(-1)).reshape(array.shape)
    else:
        result = np.empty(array.shape, array.dtype)
        given, made = array.reshape(-1), result.reshape(-1)
        for begin in range(0, array.size, _BLOCK):
            made[begin : begin + _BLOCK] = compute(given[begin : begin + _BLOCK])
    return result if array.ndim else result[()]


def _erf(x: Floats) -> Floats:
    size = np.abs(x)
    found = np.copysign(1.0 - _erfc_of(size), x)
    places = np.flatnonzero(size <= _SMALL_LIMIT)
    if len(places):
        near = x.take(places)
        square = near * near
        above, below = _SMALL
        found[places] = near * (_polynomial(above, square) / _polynomial(below, square))
    return found


def _erfc(x: Floats) -> Floats:
    found = _erfc_of(np.abs(x))
    return np.subtract(2.0, found, out=found, where=x < 0)


def _gelu(x: Floats) -> Floats:
    found = _erfc(x * -math.sqrt(0.5))
    found *= 0.5 * x
    return found


def _erfc_of(size: Floats) -> Floats:
    """erfc for size >= 0."""
    size = np.minimum(size, _UNDERFLOW)
    # exp(-size²) loses digits as size² grows: size² is split into an exact part and a small rest, as Cody does.
    coarse = size * 16.0
    np.trunc(coarse, out=coarse)
    coarse /= 16.0
    rest = size - coarse
    rest *= size + coarse
    found = np.exp(np.negative(rest, out=rest), out=rest)
    np.multiply(coarse, coarse, out=coarse)
    found *= np.exp(np.negative(coarse, out=coarse), out=coarse)
    place = np.subtract(size, _CENTRE, out=coarse)
    place /= size + _CENTRE
    found *= _polynomial(_SCALED_ERFC, place)
    size *= 2.0
    size += 1.0
    found /= size
    return found


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule, in place: the highest power's coefficient first."""
    total: Floats = coefficients[0] * x
    total += coefficients[1]
    for coefficient in coefficients[2:]:
        total *= x
        total += coefficient
    return total
