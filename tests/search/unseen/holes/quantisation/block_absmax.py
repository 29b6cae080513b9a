"""Per-block absmax quantisation to int8 range and back, with the scales as a second output.

Task: unseen/block_absmax.
"""

import numpy as np
import step
from step import f32

W = step.dim("W", 24, multiple_of=8)
R = step.dim("R", 3)


@step.fn(f32, f32, init=0)
def absmax(m, x):
    return np.maximum(m, np.abs(x))


@step.fn(f32, f32)
def to_scale(m):
    return m / 127.0


@step.fn((f32, f32), f32)
def quantise(x, s):
    return np.clip(np.round(x / s), -127, 127)


@step.fn((f32, f32), f32)
def dequantise(q, s):
    return q * s


def reference(x):
    rows, width = x.shape
    scales = np.zeros((rows, width // 8))
    y = np.zeros_like(x)
    for r in range(rows):
        for b in range(width // 8):
            block = x[r, b * 8 : (b + 1) * 8]
            scales[r, b] = np.abs(block).max() / 127.0
            y[r, b * 8 : (b + 1) * 8] = np.clip(np.round(block / scales[r, b]), -127, 127) * scales[r, b]
    return y, scales


@step.operator(
    inputs={"x": step.stream(f32, [W, R])},
    outputs=(step.stream(f32, [W, R]), step.stream(f32, [W / 8, R])),
    reference=reference,
)
def block_absmax(x): ...
