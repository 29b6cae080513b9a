"""Expert-choice gating: every expert takes the three tokens with the highest affinity to it.

Paper: moe/G_0_13_02.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

K = step.dims(K=9)
M = step.dim("M", 5, at_least=4)
E = step.dim("E", 3, fixed=True)
w_gate = step.parameter([E, K])


@step.fn(Buffer(f32, [K]), Buffer(f32, [E]))
def gate(x):
    logits = x @ w_gate
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@step.fn(Buffer(f32, [E, M]), Buffer(f32, [M, E]))
def transpose_0(affinities):
    return affinities.T


@step.fn(Buffer(f32, [M]), Multihot(f32, M))
def top3(affinity):
    return np.where(affinity >= np.sort(affinity)[-3], 1.0, 0.0)


@step.fn(Buffer(Multihot(f32, M), [E]), Buffer(Multihot(f32, E), [M]))
def transpose_1(chosen):
    return chosen.T


def reference(x):
    odds = np.exp(x @ w_gate)
    affinities = odds / odds.sum(axis=-1, keepdims=True)
    best = np.argsort(-affinities, axis=0)[:3]
    chosen = np.zeros_like(affinities)
    np.put_along_axis(chosen, best, 1.0, axis=0)
    return chosen, affinities


@step.operator(
    inputs={"x": step.stream(f32, [K, M])},
    outputs=(step.stream(Multihot(f32, E), [M]), step.stream(Buffer(f32, [E]), [M])),
    reference=reference,
)
def experts_choose_tokens(x): ...
