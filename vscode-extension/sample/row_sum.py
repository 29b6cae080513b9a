"""The sum of each row, written by hand: save the file, and its check runs.

Change `b=1` to `b=2`, and see what the static check says; change `add` to `sub`, and see what the functional check says.
"""

import step
from step import f32

D, N = step.dims(D=16, N=7)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32, init=0)
def sub(total, x):
    return total - x


def reference(x):
    return x.sum(axis=-1)


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def row_sum(x):
    return step.Accum(fn=add, b=1).apply(x)
