"""Batched matrix product as a sum of scaled rows of the second operand.

Paper: bmm/bmm_1.
"""

import step
from step import Buffer, f32

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
Row = Buffer(f32, [D])


@step.fn((f32, Row), Row)
def mul(a, b):
    return a * b


@step.fn(Row, Row, init=0)
def sum(total, x):
    return total + x


def reference(a, b):
    return a @ b


@step.operator(
    inputs={"a": step.stream(f32, [K, N, M]), "b": step.stream(f32, [D, K, M])},
    outputs=step.stream(f32, [D, N, M]),
    reference=reference,
)
def bmm_by_scaled_rows(a, b): ...
