"""Block attention: every query of a block attends to the keys of its block, a long sequence given flat.

Task: unseen/block_attention.
"""

import numpy as np
import step
from step import Buffer, f32

W = step.dim("W", 3)
N, D = step.dims(N=4, D=5)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def dot(q, k):
    return q @ k


@step.fn(f32, f32)
def exp(x):
    return np.exp(x)


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn((Vec, f32), Vec)
def weigh(v, p):
    return v * p


@step.fn(Vec, Vec, init=0)
def add_vec(t, v):
    return t + v


@step.fn((Vec, f32), Vec)
def div(v, t):
    return v / t


def reference(q, k, v):
    n, w = N.size, W.size
    qb, kb, vb = (a.reshape(n, w, -1) for a in (q, k, v))
    s = np.exp(qb @ kb.swapaxes(1, 2))
    return ((s / s.sum(-1, keepdims=True)) @ vb).reshape(q.shape)


@step.operator(
    inputs={"q": step.stream(Vec, [W * N]), "k": step.stream(Vec, [W * N]), "v": step.stream(Vec, [W * N])},
    outputs=step.stream(Vec, [W * N]),
    reference=reference,
)
def block_attention(q, k, v): ...
