"""Attention with a learned sink: a logit for each head takes part in the sum and not in the mix.

Task: unseen/sink_attention.
"""

import numpy as np
import step
from step import Buffer, f32

T, S, H, D = step.dims(T=3, S=5, H=2, D=4)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def score(q, k):
    return q @ k * D.size**-0.5


@step.fn(f32, f32)
def exp(x):
    return np.exp(x)


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn((f32, f32), f32)
def plus(a, b):
    return a + b


@step.fn((f32, Vec), Vec)
def weigh(p, v):
    return p * v


@step.fn(Vec, Vec, init=0)
def add_vectors(t, x):
    return t + x


@step.fn((Vec, f32), Vec)
def over(v, t):
    return v / t


def reference(q, k, v, sink):
    z = np.matmul(q, k.transpose(0, 2, 1)) / np.sqrt(D.size)
    e = np.exp(z)
    weights = e / (e.sum(-1, keepdims=True) + np.exp(sink)[:, None, None])
    return np.matmul(weights, v)


@step.operator(
    inputs={
        "q": step.stream(Vec, [T, H]),
        "k": step.stream(Vec, [S, H]),
        "v": step.stream(Vec, [S, H]),
        "sink": step.stream(f32, [H]),
    },
    outputs=step.stream(Vec, [T, H]),
    reference=reference,
)
def sink_attention(q, k, v, sink): ...
