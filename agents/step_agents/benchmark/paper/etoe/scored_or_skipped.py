"""Conditional computation: a small network scores every token; those above 0.5 pass a gated GELU layer.

Paper: moe/G_0_10.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
E = step.dim("E", 2, fixed=True)
Row = Buffer(f32, [D])
w_hidden = step.parameter([K, D])
w_score = step.parameter([K])
w = step.parameter([D, D])
w_gate = step.parameter([D])


@step.fn(Row, f32)
def score(x):
    hidden = x @ w_hidden
    return 1 / (1 + np.exp(-((hidden / (1 + np.exp(-hidden))) @ w_score)))


@step.fn(f32, Multihot(f32, E))
def filter(score):
    return np.where(score > 0.5, np.array([1.0, 0.0]), np.array([0.0, 1.0]))


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


def reference(x):
    hidden = np.einsum("mnd,dk->mnk", x, w_hidden)
    logits = np.einsum("mnk,k->mn", hidden * (0.5 + 0.5 * np.tanh(hidden / 2)), w_score)
    gates = np.where(logits > 0, 0.5 + 0.5 * np.tanh((x @ w_gate) / 2), 0.0)
    return x + gates[..., None] * gelu(x @ w)


@step.operator(
    inputs={"x": step.stream(f32, [D, N, M])},
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def scored_or_skipped(x): ...
