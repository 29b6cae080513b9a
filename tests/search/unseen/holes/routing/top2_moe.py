"""Top-2 gating with softmax weights renormalised over the chosen, weighted experts.

Task: unseen/top2_moe.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=4, N=9)
E = step.dim("E", 3, fixed=True)
Tok, Gates, Route = Buffer(f32, [D]), Buffer(f32, [E]), Multihot(f32, E)
router = step.parameter([E, D])
W = [step.parameter([D, D]) for _ in range(3)]


@step.fn(Tok, Gates)
def gate_logits(x):
    return x @ router


@step.fn(Gates, Gates)
def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@step.fn(Gates, Gates)
def keep_two(p):
    kept = np.where(p >= np.sort(p)[-2], p, 0)
    return kept / kept.sum()


@step.fn(Gates, Route)
def choose(p):
    return p > 0


@step.fn((Tok, Gates), Tok)
def expert_0(x, g):
    return g[0] * np.tanh(x @ W[0])


@step.fn((Tok, Gates), Tok)
def expert_1(x, g):
    return g[1] * np.tanh(x @ W[1])


@step.fn((Tok, Gates), Tok)
def expert_2(x, g):
    return g[2] * np.tanh(x @ W[2])


@step.fn(Tok, Tok, init=0)
def combine(y, e):
    return y + e


def reference(x):
    out = []
    for token in x:
        z = token @ router
        p = np.exp(z - z.max())
        p = p / p.sum()
        best = np.argsort(p)[-2:]
        y = np.zeros_like(token)
        for e in best:
            y += p[e] / p[best].sum() * np.tanh(token @ W[e])
        out.append(y)
    return np.stack(out)


@step.operator(inputs={"x": step.stream(Tok, [N])}, outputs=step.stream(Tok, [N]), reference=reference)
def top2_moe(x): ...
