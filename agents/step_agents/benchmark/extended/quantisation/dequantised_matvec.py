"""Matrix-vector product with a matrix quantised by blocks of four: codes times their block's scale.

Task: extended/dequantised_matvec.
"""

import numpy as np
import step
from step import f32

C = step.dim("C", 12, multiple_of=4)
R = step.dims(R=5)


@step.fn((f32, f32), f32)
def multiply(x, y):
    return x * y


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


def reference(codes, scales, x):
    return (codes * np.repeat(scales, 4, axis=-1)) @ x


@step.operator(
    inputs={
        "codes": step.stream(f32, [C, R], scale=40),
        "scales": step.stream(f32, [C / 4, R], data="uniform"),
        "x": step.stream(f32, [C]),
    },
    outputs=step.stream(f32, [R]),
    reference=reference,
)
def dequantised_matvec(codes, scales, x): ...
