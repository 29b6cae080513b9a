"""Attention with linear biases: slopes per head times given distances, softmax over the keys by an online fold.

Task: unseen/alibi_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D, T, H = step.dims(D=5, T=6, H=2)
Vec = Buffer(f32, [D])


@step.fn((Vec, Vec), f32)
def qk(q, k):
    return np.dot(q, k) / D.size**0.5


@step.fn((f32, f32), f32)
def bias(slope, distance):
    return -slope * distance


@step.fn((f32, f32), f32)
def plus(s, b):
    return s + b


@step.fn((f32, Vec), (f32, Vec), init=(0, 0))
def weigh(state, s, v):
    mass, out = state
    return mass + np.exp(s), out + np.exp(s) * v


@step.fn((f32, Vec), Vec)
def normalise(mass, out):
    return out / mass


def reference(q, k, v, slope, distance):
    out = np.zeros(q.shape)
    for h in range(q.shape[0]):
        s = q[h] @ k[h].T / np.sqrt(q.shape[-1])
        s = s - slope[h] * distance
        w = np.exp(s)
        out[h] = (w / w.sum(axis=1)[:, None]) @ v[h]
    return out


@step.operator(
    inputs={
        "q": step.stream(Vec, [T, H]),
        "k": step.stream(Vec, [T, H]),
        "v": step.stream(Vec, [T, H]),
        "slope": step.stream(f32, [H], data="uniform"),
        "distance": step.stream(f32, [T, T], data="uniform"),
    },
    outputs=step.stream(Vec, [T, H]),
    reference=reference,
)
def alibi_attention(q, k, v, slope, distance): ...
