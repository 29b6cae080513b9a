"""Squeeze and excitation: channel means through a small network gate every pixel of their channel.

Task: unseen/squeeze_excite.
"""

import numpy as np
import step
from step import Buffer, f32

W, H, C, B = step.dims(W=4, H=3, C=5, B=2)
R = step.dim("R", 2)
Chan, Small = Buffer(f32, [C]), Buffer(f32, [R])
w1, w2 = step.parameter([R, C]), step.parameter([C, R])


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn(f32, f32)
def mean(t):
    return t / (W.size * H.size)


@step.fn(Chan, Small)
def squeeze(z):
    return np.maximum(z @ w1, 0)


@step.fn(Small, Chan)
def excite(h):
    return 1 / (1 + np.exp(-(h @ w2)))


@step.fn((f32, f32), f32)
def mul(x, s):
    return x * s


def reference(x):
    z = x.mean(axis=(2, 3))
    s = 1 / (1 + np.exp(-np.maximum(z @ w1, 0) @ w2))
    return x * s[:, :, None, None]


@step.operator(
    inputs={"x": step.stream(f32, [W, H, C, B])}, outputs=step.stream(f32, [W, H, C, B]), reference=reference
)
def squeeze_excite(x): ...
