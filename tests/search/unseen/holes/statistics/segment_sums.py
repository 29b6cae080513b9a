"""Sums of rows per segment: each row has a one-hot segment; sums and counts give the means.

Task: unseen/segment_sums.
"""

import numpy as np
import step
from step import Buffer, f32

D, N = step.dims(D=3, N=10)
K = step.dim("K", 4)
Row, Seg, Table = Buffer(f32, [D]), Buffer(f32, [K]), Buffer(f32, [D, K])


@step.fn((Row, Seg), (Table, Seg), init=(0, 0))
def scatter_add(state, row, seg):
    table, counts = state
    return table + seg[:, None] * row[None, :], counts + seg


@step.fn((Table, Seg), Table)
def means(table, counts):
    return table / np.maximum(counts, 1)[:, None]


@step.fn(Seg, Seg)
def one_hot_max(s):
    return s == s.max()


def reference(rows, affinity):
    which = affinity.argmax(axis=1)
    out = np.zeros((1, K.size, rows.shape[1]))
    for k in range(K.size):
        members = rows[which == k]
        if len(members):
            out[0, k] = members.mean(axis=0)
    return out


@step.operator(
    inputs={"rows": step.stream(Row, [N]), "affinity": step.stream(Seg, [N])},
    outputs=step.stream(Table, [1]),
    reference=reference,
)
def segment_sums(rows, affinity): ...
