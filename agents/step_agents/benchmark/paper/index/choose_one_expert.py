"""Token-choice gating: the softmax affinities of every token, and the one expert of the highest.

Paper: moe/G_0_3_03.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

M, K = step.dims(M=5, K=9)
E = step.dim("E", 3, fixed=True)
w_gate = step.parameter([E, K])


@step.fn(Buffer(f32, [K]), Buffer(f32, [E]))
def gate(x):
    logits = x @ w_gate
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@step.fn(Buffer(f32, [E]), Multihot(f32, E))
def top1(affinity):
    return np.where(np.arange(E.size) == np.argmax(affinity), 1.0, 0.0)


def reference(x):
    odds = np.exp(x @ w_gate)
    affinities = odds / odds.sum(axis=-1, keepdims=True)
    return np.eye(E.size)[affinities.argmax(axis=-1)], affinities


@step.operator(
    inputs={"x": step.stream(f32, [K, M])},
    outputs=(step.stream(Multihot(f32, E), [M]), step.stream(Buffer(f32, [E]), [M])),
    reference=reference,
)
def choose_one_expert(x): ...
