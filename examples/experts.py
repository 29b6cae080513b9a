"""A mixture of two experts: each row goes where a routing decision sends it, and comes back to its place."""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=8, N=6)
E = step.dim("E", 2, fixed=True)  # the list of experts has two: it never varies

Row = Buffer(f32, [D])
W = step.parameter([D, D])


@step.fn(Row, Row)
def transform(row):
    return np.tanh(row @ W)


@step.fn(Row, Row)
def keep(row):
    return row


@step.fn(Row, Row, init=0)
def add(total, row):
    return total + row


def reference(x, chosen):
    return chosen[:, :1] * np.tanh(x @ W) + chosen[:, 1:] * x


@step.operator(
    inputs={
        "x": step.stream(Row, [N]),
        "chosen": step.stream(Multihot(f32, E), [N], ones=(0, 2)),
    },
    outputs=step.stream(Row, [N]),
    reference=reference,
)
def route(x, chosen):
    to, back = step.Copy().apply(chosen)
    parts = step.Partition(N=E).apply((x, to))
    made = [step.Map(fn=f).apply(part) for f, part in zip([transform, keep], parts)]
    return step.Merge(fn=add).apply((made, back))
