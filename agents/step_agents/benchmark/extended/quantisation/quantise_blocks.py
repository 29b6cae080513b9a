"""Symmetric 8-bit quantisation by blocks of four numbers: the codes, and a scale for every block.

Task: extended/quantise_blocks.
"""

import numpy as np
import step
from step import f32

C = step.dim("C", 12, multiple_of=4)
R = step.dims(R=5)


@step.fn(f32, f32, init=0)
def largest_magnitude(m, x):
    return np.maximum(m, np.abs(x))


@step.fn(f32, f32)
def to_scale(m):
    return m / 127


@step.fn((f32, f32), f32)
def quantise(x, scale):
    return np.clip(np.rint(x / scale), -127, 127)


def reference(x):
    blocks = x.reshape(R.size, C.size // 4, 4)
    scales = np.abs(blocks).max(axis=-1) / 127
    return np.round(blocks / scales[..., None]).reshape(x.shape), scales


@step.operator(
    inputs={"x": step.stream(f32, [C, R])},
    outputs=(step.stream(f32, [C, R]), step.stream(f32, [C / 4, R])),
    reference=reference,
)
def quantise_blocks(x): ...
