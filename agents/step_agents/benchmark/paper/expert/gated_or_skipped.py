"""Two experts: a gated GELU layer with a residual, or nothing at all; each token goes to exactly one.

Paper: moe/G_0_7_01.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

M, N, D = step.dims(M=5, N=7, D=16)
E = step.dim("E", 2, fixed=True)
Row = Buffer(f32, [D])
w = step.parameter([D, D])
w_gate = step.parameter([D])


@step.fn(Row, f32)
def affinity(x):
    return 1 / (1 + np.exp(-(x @ w_gate)))


@step.fn((Row, f32), Row)
def expert0(x, g):
    return g * gelu(x @ w) + x


@step.fn((Row, f32), Row)
def expert1(x, g):
    return x


@step.fn(Row, Row, init=0)
def sum(total, x):
    return total + x


def reference(x, sel):
    gates = 0.5 + 0.5 * np.tanh((x @ w_gate) / 2)
    return x + (sel[..., 0] * gates)[..., None] * gelu(x @ w)


@step.operator(
    inputs={"x": step.stream(f32, [D, N, M]), "sel": step.stream(Multihot(f32, E), [N, M], ones=(1, 1))},
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def gated_or_skipped(x, sel): ...
