"""Gram matrices: the products of all pairs of rows.

Task: unseen/gram_matrix.
"""

import numpy as np
import step
from step import f32

D, N, B = step.dims(D=6, N=4, B=3)


@step.fn((f32, f32), f32, init=0)
def multiply_add(total, a, b):
    return total + a * b


def reference(x):
    return np.matmul(x, np.swapaxes(x, 1, 2))


@step.operator(inputs={"x": step.stream(f32, [D, N, B])}, outputs=step.stream(f32, [N, N, B]), reference=reference)
def gram_matrix(x): ...
