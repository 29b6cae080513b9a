"""Max pooling of an image by windows of two by two: over the columns first, then over the rows of what is left.

Task: unseen/max_pool_2d.
"""

import numpy as np
import step
from step import Buffer, f32

W = step.dim("W", 8, multiple_of=2)
H = step.dim("H", 6, multiple_of=2)
Line = Buffer(f32, [W / 2])


@step.fn(f32, f32, init=-np.inf)
def larger(m, x):
    return np.maximum(m, x)


@step.fn(Line, Line, init=-np.inf)
def larger_line(m, line):
    return np.maximum(m, line)


def reference(image):
    return image.reshape(H.size // 2, 2, W.size // 2, 2).max(axis=(1, 3))


@step.operator(
    inputs={"image": step.stream(f32, [W, H])},
    outputs=step.stream(f32, [W / 2, H / 2]),
    reference=reference,
)
def max_pool_2d(image): ...
