"""Elementwise product of two streams of numbers, summed over the outermost dimension a matrix at a time.

Paper: gemm-easy/G_0_7_01.
"""

import numpy as np
import step
from step import Buffer, f32

M, N, K = step.dims(M=5, N=7, K=9)
Matrix = Buffer(f32, [N, M])


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(Matrix, Matrix, init=0)
def add(total, x):
    return total + x


def reference(a, b):
    return np.einsum("kmn,kmn->mn", a, b)


@step.operator(
    inputs={"a": step.stream(f32, [N, M, K], data="uniform"), "b": step.stream(f32, [N, M, K], data="uniform")},
    outputs=step.stream(f32, [N, M]),
    reference=reference,
)
def product_sum_of_scalars(a, b): ...
