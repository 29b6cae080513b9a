"""Depthwise causal convolution as shifted products, with a SiLU: each channel has a filter of its own.

Task: extended/causal_conv.
"""

import numpy as np
import step
from step import Buffer, f32

T, C, W = step.dims(T=9, C=5, W=4)
Window = Buffer(f32, [W])


@step.fn(f32, Window, init=0)
def shift(window, x):
    return np.concatenate((window[1:], np.reshape(x, 1)))


@step.fn((Window, Window), f32)
def dot(window, taps):
    return (window * taps).sum()


@step.fn(f32, f32)
def silu(x):
    return x / (1 + np.exp(-x))


def reference(x, taps):
    padded = np.pad(x, ((0, 0), (W.size - 1, 0)))
    y = sum(padded[:, j : j + T.size] * taps[:, j, None] for j in range(W.size))
    return y * (0.5 + 0.5 * np.tanh(y / 2))


@step.operator(
    inputs={"x": step.stream(f32, [T, C]), "taps": step.stream(Window, [C])},
    outputs=step.stream(f32, [T, C]),
    reference=reference,
)
def causal_conv(x, taps): ...
