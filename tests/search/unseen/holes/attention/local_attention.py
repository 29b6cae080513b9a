"""Attention within blocks of four tokens: every token attends to the tokens of its own block.

Task: unseen/local_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D = step.dims(D=6)
L = step.dim("L", 12, multiple_of=4)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def score(q, k):
    return q @ k / np.sqrt(D.size)


@step.fn((f32, Vec), (f32, f32, Vec), init=(-np.inf, 0, 0))
def soft_sum(state, s, v):
    m, mass, o = state
    n = np.maximum(m, s)
    return n, mass * np.exp(m - n) + np.exp(s - n), o * np.exp(m - n) + v * np.exp(s - n)


@step.fn((f32, f32, Vec), Vec)
def finish(m, mass, o):
    return o / mass


def reference(q, k, v):
    out = []
    for start in range(0, L.size, 4):
        block = slice(start, start + 4)
        weights = np.exp(q[block] @ k[block].T / np.sqrt(D.size))
        out.append(weights @ v[block] / weights.sum(axis=1, keepdims=True))
    return np.concatenate(out)


@step.operator(
    inputs={"q": step.stream(Vec, [L]), "k": step.stream(Vec, [L]), "v": step.stream(Vec, [L])},
    outputs=step.stream(Vec, [L]),
    reference=reference,
)
def local_attention(q, k, v): ...
