"""A mixture of three experts with routing weights multiplied in before merging, and a shared expert.

Task: unseen/weighted_moe.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=4, N=8)
E = step.dim("E", 3, fixed=True)
Tok = Buffer(f32, [D])
W = [step.parameter([D, D]) for _ in range(4)]


@step.fn((Tok, f32), Tok)
def first(x, w):
    return w * np.maximum(x @ W[0], 0)


@step.fn((Tok, f32), Tok)
def second(x, w):
    return w * np.maximum(x @ W[1], 0)


@step.fn((Tok, f32), Tok)
def third(x, w):
    return w * np.maximum(x @ W[2], 0)


@step.fn(Tok, Tok)
def shared(x):
    return np.maximum(x @ W[3], 0)


@step.fn(Tok, Tok, init=0)
def add(s, x):
    return s + x


@step.fn((Tok, Tok), Tok)
def plus(a, b):
    return a + b


@step.fn(f32, f32)
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def reference(x, route, logit):
    out = np.zeros_like(x)
    for n in range(x.shape[0]):
        weight = 1 / (1 + np.exp(-logit[n]))
        for e in range(3):
            if route[n, e]:
                out[n] += weight * np.maximum(x[n] @ W[e], 0)
        out[n] += np.maximum(x[n] @ W[3], 0)
    return out


@step.operator(
    inputs={
        "x": step.stream(Tok, [N]),
        "route": step.stream(Multihot(f32, E), [N], ones=(1, 2)),
        "logit": step.stream(f32, [N]),
    },
    outputs=step.stream(Tok, [N]),
    reference=reference,
)
def weighted_moe(x, route, logit): ...
