"""A selective state space layer: gates from the input, a diagonal linear recurrence, a gated read-out.

Task: unseen/ssm_scan.
"""

import numpy as np
import step
from step import f32

T, C = step.dims(T=9, C=4)


@step.fn(f32, f32)
def decay(delta):
    return np.exp(-np.logaddexp(0, delta))


@step.fn((f32, f32), f32)
def drive(delta, u):
    return np.logaddexp(0, delta) * u


@step.fn((f32, f32), f32, init=0)
def recur(h, a, b):
    return a * h + b


@step.fn((f32, f32), f32)
def silu_gate(y, g):
    return y * g / (1 + np.exp(-g))


def reference(u, delta, gate):
    channels, length = u.shape
    out = np.empty_like(u)
    for c in range(channels):
        h = 0.0
        for t in range(length):
            softplus = np.log1p(np.exp(delta[c, t]))
            h = np.exp(-softplus) * h + softplus * u[c, t]
            out[c, t] = h * gate[c, t] / (1 + np.exp(-gate[c, t]))
    return out


@step.operator(
    inputs={"u": step.stream(f32, [T, C]), "delta": step.stream(f32, [T, C]), "gate": step.stream(f32, [T, C])},
    outputs=step.stream(f32, [T, C]),
    reference=reference,
)
def ssm_scan(u, delta, gate): ...
