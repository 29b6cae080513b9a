"""Cosine similarity of corresponding rows.

Task: extended/cosine_similarity.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=12, N=7)


@step.fn((f32, f32), f32)
def times(x, y):
    return x * y


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def total(t, x):
    return t + x


@step.fn(f32, f32)
def root(x):
    return np.sqrt(x)


@step.fn((f32, f32), f32)
def over(x, y):
    return x / y


def reference(a, b):
    return (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


@step.operator(
    inputs={"a": step.stream(f32, [D, N]), "b": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def cosine_similarity(a, b): ...
