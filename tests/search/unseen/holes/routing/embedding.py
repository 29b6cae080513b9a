"""Token embeddings looked up by one-hot vectors, with positions added and the rows normalised.

Task: unseen/embedding.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

H, T, B = step.dims(H=8, T=6, B=3)
V = step.dim("V", 5, fixed=True)
Row = Buffer(f32, [H])
table = step.parameter([H, V])


@step.fn(Multihot(f32, V), Row)
def look_up(one_hot):
    return one_hot @ table


@step.fn((Row, Row), Row)
def add(a, b):
    return a + b


@step.fn(Row, Row)
def layer_norm(row):
    centred = row - row.mean()
    return centred / np.sqrt((centred * centred).mean() + 1e-5)


def reference(tokens, positions, segment):
    x = table[tokens.argmax(axis=-1)] + positions
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


@step.operator(
    inputs={
        "tokens": step.stream(Multihot(f32, V), [T, B], ones=(1, 1)),
        "positions": step.stream(f32, [H, T]),
        "segment": step.stream(f32, [T, B]),
    },
    outputs=step.stream(f32, [H, T, B]),
    reference=reference,
)
def embedding(tokens, positions, segment): ...
