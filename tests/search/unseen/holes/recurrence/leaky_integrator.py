"""Spiking neurons: a leaky integrator with reset over time, with spike counts and the mean potential.

Task: unseen/leaky_integrator.
"""

import numpy as np
import step
from step import f32

T, N = step.dims(T=12, N=4)


@step.fn(f32, (f32, f32), init=(0, 0))
def neuron(state, current):
    v, _ = state
    v = 0.9 * v + current
    spike = 1.0 * (v > 1)
    return v * (1 - spike), spike


@step.fn((f32, f32), f32)
def spike_of(v, s):
    return s


@step.fn((f32, f32), f32)
def potential_of(v, s):
    return v


@step.fn(f32, f32, init=0)
def add(a, b):
    return a + b


@step.fn(f32, f32)
def mean(a):
    return a / T.size


def reference(current):
    counts, means = [], []
    for series in current:
        v, count, total = 0.0, 0, 0.0
        for i in series:
            v = 0.9 * v + i
            if v > 1:
                count += 1
                v = 0.0
            total += v
        counts.append(count)
        means.append(total / len(series))
    return np.array(counts), np.array(means)


@step.operator(
    inputs={"current": step.stream(f32, [T, N])},
    outputs=(step.stream(f32, [N]), step.stream(f32, [N])),
    reference=reference,
)
def leaky_integrator(current): ...
