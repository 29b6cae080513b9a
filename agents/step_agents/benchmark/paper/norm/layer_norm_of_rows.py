"""Layer normalisation (biased variance, no affine part) where one element is a whole row.

Paper: norm/G_0_9_02.
"""

import numpy as np
import step
from step import Buffer, f32

N, D = step.dims(N=7, D=16)
Row = Buffer(f32, [D])


@step.fn(Row, Row)
def mean(x):
    return np.full_like(x, x.mean())


@step.fn((Row, Row), Row)
def minus(x, y):
    return x - y


@step.fn(Row, Row)
def square(x):
    return x * x


@step.fn(Row, Row)
def add_eps(x):
    return x + 1e-5


@step.fn(Row, Row)
def sqrt(x):
    return np.sqrt(x)


@step.fn((Row, Row), Row)
def div(x, y):
    return x / y


def reference(x):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


@step.operator(
    inputs={"x": step.stream(Row, [N], data="uniform")},
    outputs=step.stream(Row, [N]),
    reference=reference,
)
def layer_norm_of_rows(x): ...
