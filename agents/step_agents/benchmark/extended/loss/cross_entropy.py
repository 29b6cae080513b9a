"""Mean cross entropy of logits and one-hot targets over a batch.

Task: extended/cross_entropy.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

V, B = step.dims(V=11, B=6)


@step.fn(f32, (f32, f32), init=(-np.inf, 0))
def log_sum(state, x):
    peak, weight = state
    new_peak = np.maximum(peak, x)
    return new_peak, weight * np.exp(peak - new_peak) + np.exp(x - new_peak)


@step.fn((f32, f32), f32)
def add_log(peak, weight):
    return peak + np.log(weight)


@step.fn((Buffer(f32, [V]), Multihot(f32, V)), f32)
def pick(logits, target):
    return logits @ target


@step.fn((f32, f32), f32)
def subtract(x, y):
    return x - y


@step.fn(f32, f32, init=0)
def total(t, x):
    return t + x


@step.fn(f32, f32)
def over_batch(t):
    return t / B.size


def reference(logits, target):
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    chosen = probabilities[np.arange(B.size), target.argmax(axis=-1)]
    return -np.log(chosen).mean(keepdims=True)


@step.operator(
    inputs={
        "logits": step.stream(f32, [V, B], scale=4),
        "target": step.stream(Multihot(f32, V), [B], ones=(1, 1)),
    },
    outputs=step.stream(f32, [1]),
    reference=reference,
)
def cross_entropy(logits, target): ...
