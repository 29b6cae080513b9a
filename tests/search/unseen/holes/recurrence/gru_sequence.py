"""A GRU cell over time, written with a loop over the steps; gates see the input and the hidden state.

Task: unseen/gru_sequence.
"""

import numpy as np
import step
from step import Buffer, f32

X, H, T, B = step.dims(X=5, H=4, T=6, B=3)
Inp, Hid = Buffer(f32, [X]), Buffer(f32, [H])
Wz, Wr, Wn = (step.parameter([H, X], scale=0.5) for _ in range(3))
Uz, Ur, Un = (step.parameter([H, H], scale=0.5) for _ in range(3))


def sigmoid(v):
    return 1.0 / (1.0 + np.exp(-v))


@step.fn(Inp, Hid, init=0)
def gru_cell(h, x):
    z = sigmoid(x @ Wz + h @ Uz)
    r = sigmoid(x @ Wr + h @ Ur)
    n = np.tanh(x @ Wn + (r * h) @ Un)
    return (1 - z) * n + z * h


@step.fn(Inp, Inp)
def rms_norm_row(x):
    return x / np.sqrt(np.mean(x * x) + 1e-6)


@step.fn(Hid, f32)
def read_out(h):
    return h.sum()


def reference(tokens):
    batch, steps, _ = tokens.shape
    out = np.zeros((batch, steps))
    for b in range(batch):
        h = np.zeros(H.size)
        for t in range(steps):
            x = tokens[b, t]
            x = x / np.sqrt((x**2).mean() + 1e-6)
            z = sigmoid(x @ Wz + h @ Uz)
            r = sigmoid(x @ Wr + h @ Ur)
            n = np.tanh(x @ Wn + (r * h) @ Un)
            h = (1 - z) * n + z * h
            out[b, t] = h.sum()
    return out


@step.operator(inputs={"tokens": step.stream(Inp, [T, B])}, outputs=step.stream(f32, [T, B]), reference=reference)
def gru_sequence(tokens): ...
