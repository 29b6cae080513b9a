"""Causal linear attention with a decay: the state is an outer product that decays; read by the query.

Task: unseen/gated_linear_attention.
"""

import numpy as np
import step
from step import Buffer, f32

Dk, Dv, T, H = step.dims(Dk=3, Dv=4, T=6, H=2)
Key, Val, State = Buffer(f32, [Dk]), Buffer(f32, [Dv]), Buffer(f32, [Dv, Dk])


@step.fn(Key, Key)
def feature(k):
    return np.where(k > 0, k + 1, np.exp(k))


@step.fn(f32, f32)
def sigmoid(g):
    return 1 / (1 + np.exp(-g))


@step.fn((Key, Val, f32), State, init=0)
def update(s, k, v, g):
    return g * s + k[:, None] * v[None, :]


@step.fn((Key, State), Val)
def read(q, s):
    return q @ s


def elu1(z):
    return np.where(z > 0, z + 1, np.exp(np.minimum(z, 0)))


def reference(q, k, v, gate):
    out = np.zeros(v.shape)
    for h in range(q.shape[0]):
        state = np.zeros((q.shape[2], v.shape[2]))
        for t in range(q.shape[1]):
            state = state / (1 + np.exp(-gate[h, t])) + np.outer(elu1(k[h, t]), v[h, t])
            out[h, t] = elu1(q[h, t]) @ state
    return out


@step.operator(
    inputs={
        "q": step.stream(Key, [T, H]),
        "k": step.stream(Key, [T, H]),
        "v": step.stream(Val, [T, H]),
        "gate": step.stream(f32, [T, H]),
    },
    outputs=step.stream(Val, [T, H]),
    reference=reference,
)
def gated_linear_attention(q, k, v, gate): ...
