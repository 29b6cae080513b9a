"""Square roots by three steps of Newton's method from a first guess.

Task: unseen/newton_root.
"""

import step
from step import f32

N, M = step.dims(N=7, M=3)


@step.fn(f32, f32)
def guess(a):
    return 0.5 * (1 + a)


@step.fn((f32, f32), f32)
def improve(a, y):
    return 0.5 * (y + a / y)


def reference(a):
    y = (1 + a) / 2
    for _ in range(3):
        y = (y + a / y) / 2
    return y


@step.operator(
    inputs={"a": step.stream(f32, [N, M], data="uniform", scale=9)},
    outputs=step.stream(f32, [N, M]),
    reference=reference,
)
def newton_root(a): ...
