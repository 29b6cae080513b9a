"""Group normalisation: mean and variance over the positions and the channels of a group.

Task: unseen/group_norm.
"""

import numpy as np
import step
from step import f32

W, C, G, B = step.dims(W=6, C=3, G=4, B=2)


@step.fn(f32, (f32, f32), init=(0, 0))
def sum_and_squares(state, x):
    s, q = state
    return s + x, q + x**2


@step.fn((f32, f32), (f32, f32))
def to_mean_and_rstd(s, q):
    count = W.size * C.size
    mean = s / count
    return mean, 1.0 / np.sqrt(q / count - mean**2 + 1e-5)


@step.fn((f32, f32, f32), f32)
def standardise(x, mean, rstd):
    return (x - mean) * rstd


def reference(x):
    out = np.empty_like(x)
    for b in range(x.shape[0]):
        for g in range(x.shape[1]):
            group = x[b, g]
            out[b, g] = (group - group.mean()) / np.sqrt(group.var() + 1e-5)
    return out


@step.operator(
    inputs={"x": step.stream(f32, [W, C, G, B])},
    outputs=step.stream(f32, [W, C, G, B]),
    reference=reference,
)
def group_norm(x): ...
