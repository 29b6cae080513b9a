"""One level of the Haar transform: the halved sums and differences of neighbours, as two streams.

Task: unseen/haar_step.
"""

import step
from step import Buffer, f32

L = step.dim("L", 10, multiple_of=2)
N = step.dims(N=3)
Pair = Buffer(f32, [2])


@step.fn(Pair, (f32, f32))
def butterfly(pair):
    return (pair[0] + pair[1]) / 2, (pair[0] - pair[1]) / 2


@step.fn((f32, f32), f32)
def first(a, b):
    return a


@step.fn((f32, f32), f32)
def second(a, b):
    return b


def reference(x):
    even, odd = x[:, 0::2], x[:, 1::2]
    return (even + odd) / 2, (even - odd) / 2


@step.operator(
    inputs={"x": step.stream(f32, [L, N])},
    outputs=(step.stream(f32, [L / 2, N]), step.stream(f32, [L / 2, N])),
    reference=reference,
)
def haar_step(x): ...
