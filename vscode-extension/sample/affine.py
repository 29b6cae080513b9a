"""A mistake that hardware would not forgive: a stream is used twice.

The quick fix (Ctrl+.) on the second use inserts the `Copy` that is missing.
"""

import step
from step import f32

D, N = step.dims(D=16, N=7)


@step.fn((f32, f32), f32)
def mul(x, y):
    return x * y


def reference(x):
    return x * x


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def squared(x):
    pairs = step.Zip().apply((x, x))
    return step.Map(fn=mul).apply(pairs)
