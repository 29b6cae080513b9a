"""Attention pooling of token features by learned scores: the gate is a vectorised scalar function.

Task: unseen/softmax_pooling_vectorized.
"""

import math

import numpy as np
import step
from step import Buffer, f32

D, T, B = step.dims(D=5, T=6, B=3)
Vec = Buffer(f32, [D])
direction = step.parameter([D])


@step.fn(Vec, f32)
def score(x):
    return x @ direction


@step.fn(f32, f32)
def gelu(s):
    return 0.5 * s * (1 + np.tanh(0.7978845608 * (s + 0.044715 * s**3)))


@step.fn(f32, f32)
def exp(s):
    return np.exp(s)


@step.fn(f32, f32, init=0)
def add(t, e):
    return t + e


@step.fn((f32, Vec), Vec)
def weigh(e, x):
    return e * x


@step.fn(Vec, Vec, init=0)
def add_vec(t, x):
    return t + x


@step.fn((Vec, f32), Vec)
def divide(v, t):
    return v / t


@np.vectorize
def gate(s):
    g = 0.5 * s * (1 + math.tanh(0.7978845608 * (s + 0.044715 * s**3)))
    return math.exp(g)


def reference(x):
    weights = gate(x @ direction)
    return (weights[..., None] * x).sum(axis=1) / weights.sum(axis=1)[:, None]


@step.operator(inputs={"x": step.stream(Vec, [T, B])}, outputs=step.stream(Vec, [B]), reference=reference)
def softmax_pooling_vectorized(x): ...
