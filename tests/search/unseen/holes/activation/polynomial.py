"""Polynomials by Horner's rule: N points, the same K coefficients (highest power first) at each.

Task: unseen/polynomial.
"""

import numpy as np
import step
from step import f32

K, N = step.dims(K=5, N=8)


@step.fn((f32, f32), f32, init=0)
def horner(acc, c, x):
    return acc * x + c


def reference(points, coefficients):
    return np.array([np.polyval(coefficients, p) for p in points])


@step.operator(
    inputs={"points": step.stream(f32, [N]), "coefficients": step.stream(f32, [K])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def polynomial(points, coefficients): ...
