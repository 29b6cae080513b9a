"""Root-mean-square normalisation over the innermost dimension.

`rms_norm` is a hole: it says what goes in, what comes out and, through `reference`, what it must compute.
Put the cursor into it and run "STeP: Synthesize Operator".
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=16, N=7)


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn((f32, f32), f32)
def div(x, y):
    return x / y


@step.fn(f32, f32)
def mean_eps_sqrt(total):
    return np.sqrt(total / D.size + 1e-5)


def reference(x):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def rms_norm(x):
    ...
