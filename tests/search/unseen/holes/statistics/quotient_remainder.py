"""Integer division: the quotients and the remainders.

Task: unseen/quotient_remainder.
"""

import numpy as np
import step
from step import f32

N, M = step.dims(N=6, M=4)


@step.fn((f32, f32), f32)
def divide(a, b):
    return a / b


@step.fn(f32, f32)
def floor(a):
    return np.floor(a)


@step.fn((f32, f32), f32)
def multiply(a, b):
    return a * b


@step.fn((f32, f32), f32)
def subtract(a, b):
    return a - b


def reference(a, b):
    return np.floor_divide(a, b), np.mod(a, b)


@step.operator(
    inputs={"a": step.stream(f32, [N, M], scale=10), "b": step.stream(f32, [N, M])},
    outputs=(step.stream(f32, [N, M]), step.stream(f32, [N, M])),
    reference=reference,
)
def quotient_remainder(a, b): ...
