"""The SwiGLU feed-forward layer: silu(x·gate) times x·up, projected down.

Task: extended/swiglu.
"""

import numpy as np
import step
from step import Buffer, f32

T, H, F = step.dims(T=6, H=10, F=14)
Hidden = Buffer(f32, [H])
Wide = Buffer(f32, [F])
w_gate = step.parameter([F, H])
w_up = step.parameter([F, H])
w_down = step.parameter([H, F])


@step.fn(Hidden, Wide)
def gate(x):
    return x @ w_gate


@step.fn(Hidden, Wide)
def up(x):
    return x @ w_up


@step.fn(Wide, Hidden)
def down(x):
    return x @ w_down


@step.fn(f32, f32)
def silu(x):
    return x / (1 + np.exp(-x))


@step.fn((f32, f32), f32)
def multiply(x, y):
    return x * y


def reference(x):
    z = np.einsum("th,hf->tf", x, w_gate)
    return (z * (0.5 + 0.5 * np.tanh(z / 2)) * (x @ w_up)) @ w_down


@step.operator(
    inputs={"x": step.stream(f32, [H, T])},
    outputs=step.stream(f32, [H, T]),
    reference=reference,
)
def swiglu(x): ...
