"""Two layers of experts one after the other, each with its own router, and a residual around the whole.

Task: unseen/two_moe_layers.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=5, N=7)
E = step.dim("E", 2, fixed=True)
Row = Buffer(f32, [D])
router0, router1 = step.parameter([E, D]), step.parameter([E, D])
w = step.parameter([D, D, 4])


def top1(scores):
    return np.where(scores == scores.max(), 1.0, 0.0)


@step.fn(Row, Multihot(f32, E))
def route0(x):
    return top1(x @ router0)


@step.fn(Row, Multihot(f32, E))
def route1(x):
    return top1(x @ router1)


@step.fn(Row, Row)
def a0(x):
    return np.tanh(x @ w[0])


@step.fn(Row, Row)
def a1(x):
    return np.tanh(x @ w[1])


@step.fn(Row, Row)
def b0(x):
    return np.sin(x @ w[2])


@step.fn(Row, Row)
def b1(x):
    return np.cos(x @ w[3])


@step.fn(Row, Row, init=0)
def pick(total, y):
    return total + y


@step.fn((Row, Row), Row)
def plus(x, y):
    return x + y


def reference(x):
    left = ((x @ router0).argmax(axis=1) == 0)[:, None]
    y = np.where(left, np.tanh(x @ w[0]), np.tanh(x @ w[1]))
    left = ((y @ router1).argmax(axis=1) == 0)[:, None]
    return x + np.where(left, np.sin(y @ w[2]), np.cos(y @ w[3]))


@step.operator(inputs={"x": step.stream(Row, [N])}, outputs=step.stream(Row, [N]), reference=reference)
def two_moe_layers(x): ...
