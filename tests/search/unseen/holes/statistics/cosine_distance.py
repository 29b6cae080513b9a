"""One minus the cosine of the angle between a query and every row of a table; the query is one row.

Task: unseen/cosine_distance.
"""

import numpy as np
import step
from step import Buffer, f32

D, N = step.dims(D=8, N=5)
Row = Buffer(f32, [D])


@step.fn((Row, Row), f32)
def dot(a, b):
    return a @ b


@step.fn(Row, Row)
def unit(a):
    return a / np.sqrt(a @ a)


@step.fn(f32, f32)
def one_minus(c):
    return 1 - c


def reference(table, query):
    q = query[0]
    return np.array([1 - row @ q / np.linalg.norm(row) / np.linalg.norm(q) for row in table])


@step.operator(
    inputs={"table": step.stream(Row, [N]), "query": step.stream(Row, [1])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def cosine_distance(table, query): ...
