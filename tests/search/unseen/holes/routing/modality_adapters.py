"""An adapter for each modality of a token, chosen by a given routing, with a layer scale and the residual.

Task: unseen/modality_adapters.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=4, N=7)
M = step.dim("M", 3, fixed=True)
Tok = Buffer(f32, [D])
w = [step.parameter([D, D]) for _ in range(3)]


@step.fn(Tok, Tok)
def text(x):
    return np.tanh(x @ w[0])


@step.fn(Tok, Tok)
def image(x):
    return np.maximum(x @ w[1], 0)


@step.fn(Tok, Tok)
def audio(x):
    return x @ w[2]


@step.fn(Tok, Tok, init=0)
def collect(t, y):
    return t + y


@step.fn((Tok, Tok), Tok)
def scaled(y, g):
    return y * g


@step.fn((Tok, Tok), Tok)
def residual(x, y):
    return x + y


def reference(x, modality, gamma):
    out = x.copy()
    for n in range(len(x)):
        h = np.zeros(x.shape[1])
        if modality[n, 0]:
            h = h + np.tanh(x[n] @ w[0])
        if modality[n, 1]:
            h = h + np.maximum(x[n] @ w[1], 0)
        if modality[n, 2]:
            h = h + x[n] @ w[2]
        out[n] += gamma[0] * h
    return out


@step.operator(
    inputs={
        "x": step.stream(Tok, [N]),
        "modality": step.stream(Multihot(f32, M), [N], ones=(1, 1)),
        "gamma": step.stream(Tok, [1]),
    },
    outputs=step.stream(Tok, [N]),
    reference=reference,
)
def modality_adapters(x, modality, gamma): ...
