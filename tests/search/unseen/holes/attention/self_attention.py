"""Self-attention of one head: every token attends to all tokens of its sequence.

Task: unseen/self_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D, L = step.dims(D=6, L=5)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def score(q, k):
    return q @ k / np.sqrt(D.size)


@step.fn((f32, Vec), (f32, f32, Vec), init=(-np.inf, 0, 0))
def soft_sum(state, s, v):
    peak, mass, mix = state
    new = np.maximum(peak, s)
    keep, weight = np.exp(peak - new), np.exp(s - new)
    return new, mass * keep + weight, mix * keep + v * weight


@step.fn((f32, f32, Vec), Vec)
def finish(peak, mass, mix):
    return mix / mass


def reference(q, k, v):
    weights = np.exp(q @ k.T / np.sqrt(D.size))
    return weights @ v / weights.sum(axis=1, keepdims=True)


@step.operator(
    inputs={"q": step.stream(Vec, [L]), "k": step.stream(Vec, [L]), "v": step.stream(Vec, [L])},
    outputs=step.stream(Vec, [L]),
    reference=reference,
)
def self_attention(q, k, v): ...
