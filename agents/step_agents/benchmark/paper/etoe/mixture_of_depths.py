"""Mixture of depths: the three tokens of the highest affinity pass a gated GELU layer, the others skip it.

Paper: moe/G_0_12_01.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

K = step.dims(K=9)
M = step.dim("M", 5, at_least=4)
E = step.dim("E", 2, fixed=True)
Row = Buffer(f32, [K])
w_gate = step.parameter([K])
w = step.parameter([K, K])


@step.fn(Row, f32)
def gate(x):
    return 1 / (1 + np.exp(-(x @ w_gate)))


@step.fn(Buffer(f32, [M]), Buffer(f32, [M]))
def top3(affinity):
    return np.where(affinity >= np.sort(affinity)[-3], 1.0, 0.0)


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


def reference(x):
    affinity = 0.5 + 0.5 * np.tanh((x * w_gate).sum(axis=-1) / 2)
    chosen = np.argsort(affinity)[-3:]
    result = x.copy()
    result[chosen] += affinity[chosen, None] * gelu(x[chosen] @ w)
    return result


@step.operator(
    inputs={"x": step.stream(f32, [K, M])},
    outputs=step.stream(Row, [M]),
    reference=reference,
)
def mixture_of_depths(x): ...
