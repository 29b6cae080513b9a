"""In-batch contrastive loss: cosine similarities of all pairs, softmax over a row, the own pair is given as targets.

Task: unseen/contrastive_batch.
"""

import numpy as np
import step
from step import Buffer, f32

D, Q, K = step.dims(D=5, Q=4, K=6)
V = Buffer(f32, [D])


@step.fn(V, V)
def unit(v):
    return v / np.sqrt((v * v).sum() + 1e-9)


@step.fn((V, V), f32)
def inner(a, b):
    return (a * b).sum()


@step.fn(f32, f32)
def temperature(s):
    return s / 0.2


@step.fn(f32, f32)
def exp(s):
    return np.exp(s)


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


@step.fn((f32, f32), f32)
def nll(picked, total):
    return np.log(total) - np.log(picked)


def reference(q, k, target):
    out = np.zeros(len(q))
    for i, a in enumerate(q):
        a = a / np.sqrt(a @ a + 1e-9)
        e = np.array([np.exp(a @ (b / np.sqrt(b @ b + 1e-9)) / 0.2) for b in k])
        out[i] = np.log(e.sum()) - np.log((e * target[i]).sum())
    return out


@step.operator(
    inputs={"q": step.stream(V, [Q]), "k": step.stream(V, [K]), "target": step.stream(f32, [K, Q], data="uniform")},
    outputs=step.stream(f32, [Q]),
    reference=reference,
)
def contrastive_batch(q, k, target): ...
