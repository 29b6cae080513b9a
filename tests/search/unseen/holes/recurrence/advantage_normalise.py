"""Advantages as discounted sums of rewards along time (given backwards), standardised within every episode.

Task: unseen/advantage_normalise.
"""

import numpy as np
import step
from step import f32

T, B = step.dims(T=6, B=4)


@step.fn((f32, f32), f32, init=0)
def discount(a, r, c):
    return r + 0.9 * c * a


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn(f32, f32)
def mean(t):
    return t / T.size


@step.fn((f32, f32), f32)
def sub(a, b):
    return a - b


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn((f32, f32), f32)
def over_root(x, v):
    return x / np.sqrt(v + 1e-8)


def reference(delta, alive):
    adv = np.zeros_like(delta)
    last = np.zeros(delta.shape[0])
    for t in range(delta.shape[1]):
        last = delta[:, t] + 0.9 * alive[:, t] * last
        adv[:, t] = last
    return (adv - adv.mean(1, keepdims=True)) / np.sqrt(adv.var(1, keepdims=True) + 1e-8)


@step.operator(
    inputs={"delta": step.stream(f32, [T, B]), "alive": step.stream(f32, [T, B], data="binary")},
    outputs=step.stream(f32, [T, B]),
    reference=reference,
)
def advantage_normalise(delta, alive): ...
