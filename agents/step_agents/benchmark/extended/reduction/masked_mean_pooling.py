"""Sentence embeddings: the mean of the token embeddings that are no padding.

Task: extended/masked_mean_pooling.
"""

import numpy as np
import step
from step import Buffer, f32

D, S, B = step.dims(D=6, S=8, B=5)
Row = Buffer(f32, [D])


@step.fn((f32, Row), Row)
def select(keep, token):
    return keep * token


@step.fn(Row, Row, init=0)
def add_rows(total, row):
    return total + row


@step.fn(f32, f32, init=0)
def count(total, keep):
    return total + keep


@step.fn((Row, f32), Row)
def divide(row, n):
    return row / np.maximum(n, 1)


def reference(tokens, keep):
    return np.einsum("bsd,bs->bd", tokens, keep) / np.maximum(keep.sum(axis=-1, keepdims=True), 1)


@step.operator(
    inputs={"tokens": step.stream(f32, [D, S, B]), "keep": step.stream(f32, [S, B], data="binary")},
    outputs=step.stream(f32, [D, B]),
    reference=reference,
)
def masked_mean_pooling(tokens, keep): ...
