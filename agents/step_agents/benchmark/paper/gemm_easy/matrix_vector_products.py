"""A batch of matrix-vector products: the elementwise product, summed over the innermost dimension.

Paper: gemm-easy/G_0_6_02.
"""

import step
from step import f32

M, N, K = step.dims(M=5, N=7, K=9)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


def reference(a, b):
    return (a @ b[:, :, None])[:, :, 0]


@step.operator(
    inputs={"a": step.stream(f32, [K, M, N], data="uniform"), "b": step.stream(f32, [K, N], data="uniform")},
    outputs=step.stream(f32, [M, N]),
    reference=reference,
)
def matrix_vector_products(a, b): ...
