"""A transformer's feed-forward block on rows: norm, gate and up projections, product, down projection, residual, norm.

Task: unseen/feed_forward_block.
"""

import numpy as np
import step
from step import Buffer, f32
from step.numeric import gelu

D, F, T = step.dims(D=6, F=9, T=5)
Row = Buffer(f32, [D])
Wide = Buffer(f32, [F])
w_gate = step.parameter([F, D])
w_up = step.parameter([F, D])
w_down = step.parameter([D, F])


@step.fn(Row, Row)
def rms_norm(x):
    return x / np.sqrt((x * x).mean() + 1e-6)


@step.fn(Row, Wide)
def gate(x):
    return x @ w_gate


@step.fn(Row, Wide)
def up(x):
    return x @ w_up


@step.fn(Wide, Wide)
def activate(x):
    return gelu(x)


@step.fn((Wide, Wide), Wide)
def multiply(a, b):
    return a * b


@step.fn(Wide, Row)
def down(x):
    return x @ w_down


@step.fn((Row, Row), Row)
def add(a, b):
    return a + b


@step.fn((Row, Row), f32)
def agreement(a, b):
    return (a * b).sum()


def normalised(x):
    return x / np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + 1e-6)


def reference(x):
    y = normalised(x)
    out = x + (gelu(y @ w_gate) * (y @ w_up)) @ w_down
    return normalised(out), np.einsum("td,td->t", x, out)


@step.operator(
    inputs={"x": step.stream(f32, [D, T])},
    outputs=(step.stream(f32, [D, T]), step.stream(f32, [T])),
    reference=reference,
)
def feed_forward_block(x): ...
