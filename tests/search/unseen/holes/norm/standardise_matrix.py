"""The whole matrix standardised: one mean and one deviation for all numbers.

Task: unseen/standardise_matrix.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=6, N=5)


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn(f32, f32)
def mean(t):
    return t / (D.size * N.size)


@step.fn((f32, f32), f32)
def sub(a, b):
    return a - b


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32)
def root(v):
    return np.sqrt(v + 1e-6)


@step.fn((f32, f32), f32)
def div(a, b):
    return a / b


def reference(w):
    return (w - w.mean()) / np.sqrt(w.var() + 1e-6)


@step.operator(inputs={"w": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def standardise_matrix(w): ...
