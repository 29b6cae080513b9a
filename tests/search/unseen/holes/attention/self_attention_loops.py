"""Causal-free self attention from tokens: projections, loops over queries, softmax, output projection, residual.

Task: unseen/self_attention_loops.
"""

import numpy as np
import step
from step import Buffer, f32

D, T = step.dims(D=5, T=6)
Vec = Buffer(f32, [D])
wq, wk, wv, wo = (step.parameter([D, D], scale=0.4) for _ in range(4))


@step.fn(Vec, Vec)
def to_q(x):
    return x @ wq


@step.fn(Vec, Vec)
def to_k(x):
    return x @ wk


@step.fn(Vec, Vec)
def to_v(x):
    return x @ wv


@step.fn((Vec, Vec), f32)
def dot(a, b):
    return (a * b).sum() / np.sqrt(D.size)


@step.fn(f32, f32)
def exp(s):
    return np.exp(s)


@step.fn((f32, Vec), (f32, Vec), init=(0, 0))
def gather(state, e, v):
    total, mix = state
    return total + e, mix + e * v


@step.fn((f32, Vec), Vec)
def finish(total, mix):
    return mix / total


@step.fn(Vec, Vec)
def to_out(x):
    return x @ wo


@step.fn((Vec, Vec), Vec)
def plus(a, b):
    return a + b


def reference(x):
    q, k, v = x @ wq, x @ wk, x @ wv
    rows = []
    for i in range(len(q)):
        e = [np.exp(q[i] @ k[j] / np.sqrt(D.size)) for j in range(len(k))]
        mixed = sum(e[j] * v[j] for j in range(len(v)))
        rows.append(x[i] + (mixed / sum(e)) @ wo)
    return np.stack(rows)


@step.operator(inputs={"x": step.stream(Vec, [T])}, outputs=step.stream(Vec, [T]), reference=reference)
def self_attention_loops(x): ...
