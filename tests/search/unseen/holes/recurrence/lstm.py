"""An LSTM layer: the hidden state after every token, and the last cell state.

Task: unseen/lstm.
"""

import numpy as np
import step
from step import Buffer, f32

D, H, T, B = step.dims(D=5, H=4, T=6, B=3)
Hidden = Buffer(f32, [H])
w_i, w_f, w_g, w_o = (step.parameter([H, D]) for _ in range(4))
u_i, u_f, u_g, u_o = (step.parameter([H, H]) for _ in range(4))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@step.fn(Buffer(f32, [D]), (Hidden, Hidden), init=(0, 0))
def cell(state, x):
    h, c = state
    c = sigmoid(x @ w_f + h @ u_f) * c + sigmoid(x @ w_i + h @ u_i) * np.tanh(x @ w_g + h @ u_g)
    return sigmoid(x @ w_o + h @ u_o) * np.tanh(c), c


@step.fn((Hidden, Hidden), Hidden)
def hidden(h, c):
    return h


@step.fn((Hidden, Hidden), Hidden)
def memory(h, c):
    return c


def reference(x):
    h = c = np.zeros((B.size, H.size))
    outputs = []
    for t in range(T.size):
        token = x[:, t]
        i, f, o = (sigmoid(token @ w + h @ u) for w, u in ((w_i, u_i), (w_f, u_f), (w_o, u_o)))
        c = f * c + i * np.tanh(token @ w_g + h @ u_g)
        h = o * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs, axis=1), c


@step.operator(
    inputs={"x": step.stream(f32, [D, T, B])},
    outputs=(step.stream(f32, [H, T, B]), step.stream(f32, [H, B])),
    reference=reference,
)
def lstm(x): ...
