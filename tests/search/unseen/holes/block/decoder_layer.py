"""A decoder layer of one head: norm, attention over a cache of keys and values, residual, norm, MLP, residual.

Task: unseen/decoder_layer.
"""

import numpy as np
import step
from step import Buffer, f32

D, F, S, T = step.dims(D=6, F=8, S=5, T=3)
Row = Buffer(f32, [D])
Wide = Buffer(f32, [F])
w_q, w_out = step.parameter([D, D]), step.parameter([D, D])
w_up, w_down = step.parameter([F, D]), step.parameter([D, F])


@step.fn(Row, Row)
def norm(x):
    return x / np.sqrt(np.mean(x * x) + 1e-5)


@step.fn(Row, Row)
def query(x):
    return x @ w_q


@step.fn((Row, Row), f32)
def score(q, k):
    return q @ k / np.sqrt(D.size)


@step.fn((f32, Row), (f32, f32, Row), init=(-np.inf, 0, 0))
def attend(state, s, v):
    m, mass, o = state
    n = np.maximum(m, s)
    return n, mass * np.exp(m - n) + np.exp(s - n), o * np.exp(m - n) + v * np.exp(s - n)


@step.fn((f32, f32, Row), Row)
def finish(m, mass, o):
    return o / mass


@step.fn(Row, Row)
def project(x):
    return x @ w_out


@step.fn((Row, Row), Row)
def add(a, b):
    return a + b


@step.fn(Row, Wide)
def up(x):
    return x @ w_up


@step.fn(Wide, Wide)
def silu(x):
    return x / (1 + np.exp(-x))


@step.fn(Wide, Row)
def down(x):
    return x @ w_down


def rms(x):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)


def reference(x, keys, values):
    scores = rms(x) @ w_q @ keys.T / np.sqrt(D.size)
    odds = np.exp(scores - scores.max(-1, keepdims=True))
    h = x + (odds / odds.sum(-1, keepdims=True)) @ values @ w_out
    z = rms(h) @ w_up
    return h + (z / (1 + np.exp(-z))) @ w_down


@step.operator(
    inputs={"x": step.stream(f32, [D, T]), "keys": step.stream(Row, [S]), "values": step.stream(Row, [S])},
    outputs=step.stream(f32, [D, T]),
    reference=reference,
)
def decoder_layer(x, keys, values): ...
