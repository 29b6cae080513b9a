"""Root-mean-square normalisation over the innermost dimension: a hole, waiting for a body."""

import numpy as np
import step
from step import f32

D, N = step.dims(D=16, N=7)  # symbols, with the sizes a check starts from


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)  # a fold: the state comes first
def add(total, x):
    return total + x


@step.fn(f32, f32)
def mean_eps_sqrt(total):
    return np.sqrt(total / D.size + 1e-5)


@step.fn((f32, f32), f32)  # a tuple element arrives as separate arguments
def div(x, y):
    return x / y


def reference(x):  # the oracle: whole arrays, outermost first
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def rms_norm(x):
    """Every row of x, divided by the root of its mean square."""
    ...
