"""Root-mean-square normalisation over the innermost dimension.

Paper: norm/G_0_8_01.
"""

import numpy as np
import step
from step import f32

N, D = step.dims(N=7, D=16)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32)
def div_by_d(x):
    return x / D.size


@step.fn(f32, f32)
def sqrt(x):
    return np.sqrt(x)


@step.fn(f32, f32)
def add_eps(x):
    return x + 1e-5


@step.fn((f32, f32), f32)
def div(x, y):
    return x / y


def reference(x):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)


@step.operator(
    inputs={"x": step.stream(f32, [D, N], data="uniform")},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def rms_norm(x): ...
