"""Each number less the mean of its block of four: average pooling, upsampled and subtracted.

Task: unseen/subtract_block_mean.
"""

import numpy as np
import step
from step import f32

BLOCK = 4
L = step.dim("L", 12, multiple_of=BLOCK)
B = step.dims(B=5)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(f32, f32)
def quarter(s):
    return s / BLOCK


@step.fn((f32, f32), f32)
def minus(x, mean):
    return x - mean


def reference(x):
    means = x.reshape(B.size, -1, BLOCK).mean(axis=-1)
    return x - np.repeat(means, BLOCK, axis=-1)


@step.operator(
    inputs={"x": step.stream(f32, [L, B])},
    outputs=step.stream(f32, [L, B]),
    reference=reference,
)
def subtract_block_mean(x): ...
