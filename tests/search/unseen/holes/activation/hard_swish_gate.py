"""A gated unit with the hard swish, plus the residual; the rows go out buffered.

Task: unseen/hard_swish_gate.
"""

import numpy as np
import step
from step import Buffer, f32

F, T = step.dims(F=8, T=5)


@step.fn(f32, f32)
def hard_sigmoid(x):
    return np.clip(x / 6 + 0.5, 0, 1)


@step.fn((f32, f32), f32)
def times(x, y):
    return x * y


@step.fn((f32, f32), f32)
def plus(x, y):
    return x + y


def reference(gate, up, residual):
    return gate * np.minimum(np.maximum(gate + 3, 0), 6) / 6 * up + residual


@step.operator(
    inputs={
        "gate": step.stream(f32, [F, T], scale=4),
        "up": step.stream(f32, [F, T]),
        "residual": step.stream(f32, [F, T]),
    },
    outputs=step.stream(Buffer(f32, [F]), [T]),
    reference=reference,
)
def hard_swish_gate(gate, up, residual): ...
