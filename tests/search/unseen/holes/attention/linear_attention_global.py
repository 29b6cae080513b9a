"""Linear attention without a mask: the sum of outer products of keys and values, read by every query.

Task: unseen/linear_attention_global.
"""

import numpy as np
import step
from step import Buffer, f32

N, D = step.dims(N=7, D=4)
Row, Mat = Buffer(f32, [D]), Buffer(f32, [D, D])


@step.fn(Row, Row)
def phi(x):
    return np.where(x > 0, x + 1, np.exp(x))


@step.fn((Row, Row), Mat)
def outer(k, v):
    return np.outer(k, v)


@step.fn(Mat, Mat, init=0)
def add_outer(s, m):
    return s + m


@step.fn(Row, Row, init=0)
def add_rows(s, r):
    return s + r


@step.fn((Row, Mat), Row)
def read(q, s):
    return q @ s


@step.fn((Row, Row), f32)
def inner(q, z):
    return q @ z


@step.fn((Row, f32), Row)
def normalise(y, t):
    return y / t


def elu1(x):
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def reference(q, k, v):
    fq, fk = elu1(q), elu1(k)
    scores = fq @ fk.T
    return (scores @ v) / scores.sum(axis=1, keepdims=True)


@step.operator(
    inputs={"q": step.stream(Row, [N]), "k": step.stream(Row, [N]), "v": step.stream(Row, [N])},
    outputs=step.stream(Row, [N]),
    reference=reference,
)
def linear_attention_global(q, k, v): ...
