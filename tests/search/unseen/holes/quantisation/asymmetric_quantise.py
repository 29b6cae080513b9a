"""Fake quantisation to four bits with a scale and an offset for each row.

Task: unseen/asymmetric_quantise.
"""

import numpy as np
import step
from step import f32

D, N = step.dims(D=7, N=5)


@step.fn(f32, f32, init=np.inf)
def lowest(m, x):
    return np.minimum(m, x)


@step.fn(f32, f32, init=-np.inf)
def highest(m, x):
    return np.maximum(m, x)


@step.fn((f32, f32), f32)
def step_size(hi, lo):
    return (hi - lo) / 15


@step.fn((f32, f32, f32), f32)
def quantise(x, s, lo):
    return np.round((x - lo) / s)


@step.fn((f32, f32, f32), f32)
def restore(q, s, lo):
    return q * s + lo


def reference(x):
    lo, hi = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    scale = (hi - lo) / (2**4 - 1)
    q = np.clip(np.rint((x - lo) / scale), 0, 15)
    return q * scale + lo


@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def asymmetric_quantise(x): ...
