"""Experts of two functions each: a projection and then an activation, on the tokens that chose them.

Task: unseen/two_stage_experts.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, F, N = step.dims(D=5, F=7, N=6)
Row = Buffer(f32, [D])
Wide = Buffer(f32, [F])
w0, w1 = step.parameter([F, D]), step.parameter([F, D])
v0, v1 = step.parameter([D, F]), step.parameter([D, F])


@step.fn(Row, Wide)
def up0(x):
    return np.maximum(x @ w0, 0)


@step.fn(Row, Wide)
def up1(x):
    return np.tanh(x @ w1)


@step.fn(Wide, Row)
def down0(h):
    return h @ v0


@step.fn(Wide, Row)
def down1(h):
    return h @ v1


@step.fn(Row, Row, init=0)
def add(total, y):
    return total + y


def reference(x, sel):
    first = np.maximum(x @ w0, 0) @ v0
    second = np.tanh(x @ w1) @ v1
    return sel[:, :1] * first + sel[:, 1:] * second


@step.operator(
    inputs={"x": step.stream(Row, [N]), "sel": step.stream(Multihot(f32, 2), [N], ones=(0, 2))},
    outputs=step.stream(Row, [N]),
    reference=reference,
)
def two_stage_experts(x, sel): ...
