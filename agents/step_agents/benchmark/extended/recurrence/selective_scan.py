"""A gated linear recurrence (the scan of a state-space layer): its outputs, and the last state.

Task: extended/selective_scan.
"""

import numpy as np
import step
from step import Buffer, f32

T, B, S = step.dims(T=9, B=4, S=6)
State = Buffer(f32, [S])


@step.fn((f32, f32, State), State, init=0)
def advance(h, decay, x, b):
    return decay * h + x * b


@step.fn((State, State), f32)
def dot(h, c):
    return h @ c


def reference(decay, x, b, c):
    h = np.zeros((B.size, S.size))
    y = []
    for t in range(T.size):
        h = decay[:, t, None] * h + x[:, t, None] * b[:, t]
        y.append((h * c[:, t]).sum(axis=-1))
    return np.stack(y, axis=-1), h


@step.operator(
    inputs={
        "decay": step.stream(f32, [T, B], data="uniform"),
        "x": step.stream(f32, [T, B]),
        "b": step.stream(State, [T, B]),
        "c": step.stream(State, [T, B]),
    },
    outputs=(step.stream(f32, [T, B]), step.stream(State, [B])),
    reference=reference,
)
def selective_scan(decay, x, b, c): ...
