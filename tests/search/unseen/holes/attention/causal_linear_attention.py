"""Causal linear attention without a normaliser: each query reads the state of all keys and values so far.

Task: unseen/causal_linear_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D, E, L, H = step.dims(D=4, E=6, L=5, H=3)
Key = Buffer(f32, [D])
Value = Buffer(f32, [E])
State = Buffer(f32, [E, D])


@step.fn(Key, Key)
def phi(k):
    return np.exp(np.minimum(k, 0)) + np.maximum(k, 0)


@step.fn((Key, Value), State, init=0)
def update(state, k, v):
    return state + k[:, None] * v[None, :]


@step.fn((Key, State), Value)
def read(q, state):
    return q @ state


def elu1(x):
    return np.where(x > 0, x + 1, np.exp(x))


def reference(q, k, v):
    scores = np.einsum("hqd,hkd->hqk", elu1(q), elu1(k))
    return np.tril(scores) @ v


@step.operator(
    inputs={
        "q": step.stream(Key, [L, H]),
        "k": step.stream(Key, [L, H]),
        "v": step.stream(Value, [L, H]),
    },
    outputs=step.stream(f32, [E, L, H]),
    reference=reference,
)
def causal_linear_attention(q, k, v): ...
