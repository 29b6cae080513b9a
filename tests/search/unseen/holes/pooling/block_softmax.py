"""Routing weights in groups: a softmax within every block of three scores.

Task: unseen/block_softmax.
"""

import numpy as np
import step
from step import Buffer, f32

N = step.dim("N", 12, multiple_of=3)
T = step.dims(T=5)
Group = Buffer(f32, [3])


@step.fn(Group, Group)
def softmax(scores):
    odds = np.exp(scores - scores.max())
    return odds / odds.sum()


def reference(scores):
    grouped = np.exp(scores.reshape(T.size, -1, 3))
    return (grouped / grouped.sum(-1, keepdims=True)).reshape(scores.shape)


@step.operator(
    inputs={"scores": step.stream(f32, [N, T])},
    outputs=step.stream(f32, [N, T]),
    reference=reference,
)
def block_softmax(scores): ...
