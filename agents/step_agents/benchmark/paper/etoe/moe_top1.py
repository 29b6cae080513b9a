"""Mixture of three experts, end to end: gating, the best expert of every token, its weighted result.

Paper: moe/G_0_9_01.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
E = step.dim("E", 3, fixed=True)
Row = Buffer(f32, [K])
Gates = Buffer(f32, [E])
w_gate = step.parameter([E, K])
w_in0, w_in1, w_in2 = [step.parameter([D, K]) for _ in range(3)]
w_out0, w_out1, w_out2 = [step.parameter([K, D]) for _ in range(3)]


@step.fn(Row, Gates)
def gate(x):
    logits = x @ w_gate
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@step.fn(Gates, Multihot(f32, E))
def top1(affinity):
    return np.where(np.arange(E.size) == np.argmax(affinity), 1.0, 0.0)


@step.fn((Row, Gates), Row)
def expert_0(x, g):
    return gelu(x @ w_in0) @ w_out0 * g[0]


@step.fn((Row, Gates), Row)
def expert_1(x, g):
    return gelu(x @ w_in1) @ w_out1 * g[1]


@step.fn((Row, Gates), Row)
def expert_2(x, g):
    return gelu(x @ w_in2) @ w_out2 * g[2]


@step.fn(Row, Row, init=0)
def sum(total, x):
    return total + x


def reference(x):
    odds = np.exp(x @ w_gate)
    affinities = odds / odds.sum(axis=-1, keepdims=True)
    gates = np.where(affinities == affinities.max(axis=-1, keepdims=True), affinities, 0.0)
    return (
        gates[..., 0:1] * (gelu(x @ w_in0) @ w_out0)
        + gates[..., 1:2] * (gelu(x @ w_in1) @ w_out1)
        + gates[..., 2:3] * (gelu(x @ w_in2) @ w_out2)
    )


@step.operator(
    inputs={"x": step.stream(f32, [K, N, M])},
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def moe_top1(x): ...
