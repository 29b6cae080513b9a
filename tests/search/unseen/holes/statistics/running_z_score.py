"""The z-score of each element against the running mean and variance up to it.

Task: unseen/running_z_score.
"""

import numpy as np
import step
from step import f32

T, S = step.dims(T=10, S=3)


@step.fn(f32, (f32, f32, f32), init=(0, 0, 0))
def welford(state, x):
    n, mean, m2 = state
    n = n + 1
    delta = x - mean
    mean = mean + delta / n
    return n, mean, m2 + delta * (x - mean)


@step.fn((f32, f32, f32), (f32, f32))
def moments(n, mean, m2):
    return mean, np.sqrt(m2 / n + 1e-3)


@step.fn((f32, (f32, f32)), f32)
def z(x, mean, std):
    return (x - mean) / std


def reference(x):
    out = np.empty(x.shape)
    for s in range(x.shape[0]):
        for t in range(x.shape[1]):
            seen = x[s, : t + 1]
            out[s, t] = (x[s, t] - seen.mean()) / np.sqrt(seen.var() + 1e-3)
    return out


@step.operator(inputs={"x": step.stream(f32, [T, S])}, outputs=step.stream(f32, [T, S]), reference=reference)
def running_z_score(x): ...
