"""A fast-weight memory written by the delta rule and read by a query at each step.

Task: unseen/delta_rule_memory.
"""

import numpy as np
import step
from step import Buffer, f32

T, B, D = step.dims(T=5, B=2, D=3)
Vec, Mat = Buffer(f32, [D]), Buffer(f32, [D, D])


@step.fn(f32, f32)
def sigmoid(b):
    return 1 / (1 + np.exp(-b))


@step.fn((Vec, Vec, f32), Mat, init=0)
def write(s, k, v, beta):
    return s + beta * np.outer(v - s @ k, k)


@step.fn((Mat, Vec), Vec)
def read(s, q):
    return s @ q


@step.fn(Vec, Vec)
def unit(k):
    return k / np.sqrt((k**2).sum())


def reference(q, k, v, b):
    out = np.zeros_like(v)
    for i in range(v.shape[0]):
        s = np.zeros((v.shape[2], k.shape[2]))
        for t in range(v.shape[1]):
            key = k[i, t] / np.linalg.norm(k[i, t])
            s = s + 1 / (1 + np.exp(-b[i, t])) * np.outer(v[i, t] - s @ key, key)
            out[i, t] = s @ q[i, t]
    return out


@step.operator(
    inputs={
        "q": step.stream(Vec, [T, B]),
        "k": step.stream(Vec, [T, B]),
        "v": step.stream(Vec, [T, B]),
        "b": step.stream(f32, [T, B]),
    },
    outputs=step.stream(Vec, [T, B]),
    reference=reference,
)
def delta_rule_memory(q, k, v, b): ...
