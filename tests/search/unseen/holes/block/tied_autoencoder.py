"""A tied autoencoder: the code of every row, and how badly it is restored; two outputs.

Task: unseen/tied_autoencoder.
"""

import numpy as np
import step
from step import Buffer, f32

D, H, N = step.dims(D=5, H=3, N=4)
Row, Code = Buffer(f32, [D]), Buffer(f32, [H])
w = step.parameter([H, D])


@step.fn(Row, Code)
def encode(x):
    return x @ w


@step.fn(Code, Code)
def relu(h):
    return np.maximum(h, 0)


@step.fn(Code, Row)
def decode(h):
    return h @ w.T


@step.fn((Row, Row), Row)
def minus(a, b):
    return a - b


@step.fn(Row, f32)
def mean_square(e):
    return (e**2).mean()


def reference(x):
    h = np.maximum(x @ w, 0)
    return h, ((x - h @ w.T) ** 2).mean(-1)


@step.operator(
    inputs={"x": step.stream(Row, [N])}, outputs=(step.stream(Code, [N]), step.stream(f32, [N])), reference=reference
)
def tied_autoencoder(x): ...
