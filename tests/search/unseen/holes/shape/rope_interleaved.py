"""Rotary embedding of pairs: queries turned by given angles, as complex pairs.

Task: unseen/rope_interleaved.
"""

import numpy as np
import step
from step import Buffer, f32

Half, T, H = step.dims(Half=3, T=5, H=2)
Pair = Buffer(f32, [2])


@step.fn((Pair, f32), Pair)
def rotate(p, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([p[0] * c - p[1] * s, p[0] * s + p[1] * c])


@step.fn((f32, f32), f32)
def angle_of(position, frequency):
    return position * frequency


def reference(q, position, frequency):
    out = np.zeros_like(q)
    for h in range(q.shape[0]):
        for t in range(q.shape[1]):
            for i in range(q.shape[2]):
                a = position[t] * frequency[i]
                x, y = q[h, t, i]
                out[h, t, i, 0] = x * np.cos(a) - y * np.sin(a)
                out[h, t, i, 1] = x * np.sin(a) + y * np.cos(a)
    return out


@step.operator(
    inputs={
        "q": step.stream(Pair, [Half, T, H]),
        "position": step.stream(f32, [T]),
        "frequency": step.stream(f32, [Half]),
    },
    outputs=step.stream(Pair, [Half, T, H]),
    reference=reference,
)
def rope_interleaved(q, position, frequency): ...
