"""Four dense layers with different activations on rows; the reference computes number by number.

Task: unseen/opaque_chain.
"""

import math

import numpy as np
import step
from step import Buffer, f32

D, N = step.dims(D=5, N=4)
Row = Buffer(f32, [D])
w = [step.parameter([D, D], scale=0.5) for _ in range(4)]


@step.fn(Row, Row)
def layer_a(x):
    return np.tanh(x @ w[0])


@step.fn(Row, Row)
def layer_b(x):
    return np.sin(x @ w[1])


@step.fn(Row, Row)
def layer_c(x):
    return np.arctan(x @ w[2])


@step.fn(Row, Row)
def layer_d(x):
    return x @ w[3]


@step.fn((Row, Row), Row)
def add(x, y):
    return x + y


def dense(x, m, activation):
    return [activation(sum(float(x[i]) * float(m[i][j]) for i in range(len(x)))) for j in range(len(x))]


def one(x):
    h = dense(dense(x, w[2], math.atan), w[0], math.tanh)
    h = [a + float(b) for a, b in zip(h, x, strict=True)]
    return dense(dense(h, w[3], float), w[1], math.sin)


def reference(x):
    return np.array([one(row) for row in x])


@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def opaque_chain(x): ...
