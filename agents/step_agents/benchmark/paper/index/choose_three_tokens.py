"""Mixture-of-depths gating: the sigmoid affinity of every token, and the three tokens of the highest.

Paper: moe/G_0_7_03.
"""

import numpy as np
import step
from step import Buffer, f32

K = step.dims(K=9)
M = step.dim("M", 5, at_least=4)
w_gate = step.parameter([K])


@step.fn(Buffer(f32, [K]), f32)
def gate(x):
    return 1 / (1 + np.exp(-(x @ w_gate)))


@step.fn(Buffer(f32, [M]), Buffer(f32, [M]))
def top3(affinity):
    return np.where(affinity >= np.sort(affinity)[-3], 1.0, 0.0)


def reference(x):
    affinity = 0.5 + 0.5 * np.tanh((x * w_gate).sum(axis=-1) / 2)
    chosen = np.zeros_like(affinity)
    chosen[np.argsort(affinity)[-3:]] = 1.0
    return chosen, affinity


@step.operator(
    inputs={"x": step.stream(f32, [K, M])},
    outputs=(step.stream(f32, [M]), step.stream(f32, [M])),
    reference=reference,
)
def choose_three_tokens(x): ...
