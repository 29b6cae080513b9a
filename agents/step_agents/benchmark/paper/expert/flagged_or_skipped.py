"""Two experts, chosen by a 0/1 flag a token: a gated GELU layer with a residual, or nothing at all.

Paper: moe/G_0_5_02.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

M, K = step.dims(M=5, K=9)
E = step.dim("E", 2, fixed=True)
Row = Buffer(f32, [K])
w = step.parameter([K, K])


@step.fn(f32, Multihot(f32, E))
def filter(flag):
    return np.where(flag == 1, np.array([1.0, 0.0]), np.array([0.0, 1.0]))


@step.fn((Row, f32), Row)
def expert0(x, g):
    return g * gelu(x @ w) + x


@step.fn((Row, f32), Row)
def expert1(x, g):
    return x


@step.fn(Row, Row, init=0)
def sum(total, x):
    return total + x


def reference(x, flag, g):
    return x + (flag * g)[:, None] * gelu(x @ w)


@step.operator(
    inputs={
        "x": step.stream(Row, [M]),
        "flag": step.stream(f32, [M], data="binary"),
        "g": step.stream(f32, [M]),
    },
    outputs=step.stream(Row, [M]),
    reference=reference,
)
def flagged_or_skipped(x, flag, g): ...
