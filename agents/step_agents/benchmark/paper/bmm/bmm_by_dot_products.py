"""Batched matrix product as dot products: both operands have the contracted dimension innermost.

Paper: bmm/bmm_2.
"""

import step
from step import f32

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def sum(total, x):
    return total + x


def reference(a, b):
    return a @ b.swapaxes(1, 2)


@step.operator(
    inputs={"a": step.stream(f32, [K, N, M]), "b": step.stream(f32, [K, D, M])},
    outputs=step.stream(f32, [D, N, M]),
    reference=reference,
)
def bmm_by_dot_products(a, b): ...
