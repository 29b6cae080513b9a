"""Batched matrix product as a sum of outer products: both operands have the contracted dimension outermost.

Paper: bmm/bmm_0.
"""

import numpy as np
import step
from step import Buffer, f32

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
Matrix = Buffer(f32, [D, N])


@step.fn((Buffer(f32, [N]), Buffer(f32, [D])), Matrix)
def outer(a, b):
    return np.outer(a, b)


@step.fn(Matrix, Matrix, init=0)
def sum(total, x):
    return total + x


def reference(a, b):
    return a.swapaxes(1, 2) @ b


@step.operator(
    inputs={"a": step.stream(f32, [N, K, M]), "b": step.stream(f32, [D, K, M])},
    outputs=step.stream(f32, [D, N, M]),
    reference=reference,
)
def bmm_by_outer_products(a, b): ...
