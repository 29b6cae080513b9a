"""Log-softmax with a temperature of each sequence's own.

Task: unseen/log_softmax_temperature.
"""

import numpy as np
import step
from step import f32

V, B = step.dims(V=11, B=4)


@step.fn(f32, f32)
def temperature(raw):
    return 0.5 + raw


@step.fn((f32, f32), f32)
def cool(logit, t):
    return logit / t


@step.fn(f32, (f32, f32), init=(-np.inf, 0))
def running_lse(state, x):
    m, mass = state
    new = np.maximum(m, x)
    return new, mass * np.exp(m - new) + np.exp(x - new)


@step.fn((f32, f32), f32)
def log_total(m, mass):
    return m + np.log(mass)


@step.fn((f32, f32), f32)
def subtract(a, b):
    return a - b


def reference(logits, raw):
    z = logits / (0.5 + raw)[:, np.newaxis]
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


@step.operator(
    inputs={"logits": step.stream(f32, [V, B], scale=20), "raw": step.stream(f32, [B], data="uniform")},
    outputs=step.stream(f32, [V, B]),
    reference=reference,
)
def log_softmax_temperature(logits, raw): ...
