"""Column sums of a matrix: one row of totals.

Task: unseen/column_sums.
"""

import step
from step import Buffer, f32

COLS, ROWS = step.dims(COLS=6, ROWS=4)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(Buffer(f32, [COLS]), Buffer(f32, [COLS]), init=0)
def add_rows(s, row):
    return s + row


def reference(x):
    return x.sum(axis=0, keepdims=True)


@step.operator(inputs={"x": step.stream(f32, [COLS, ROWS])}, outputs=step.stream(f32, [COLS, 1]), reference=reference)
def column_sums(x): ...
