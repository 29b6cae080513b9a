"""A one-dimensional Kalman filter along every series: the estimates and their gains.

Task: unseen/kalman_filter.
"""

import numpy as np
import step
from step import f32

T, N = step.dims(T=7, N=4)


@step.fn((f32, f32), (f32, f32, f32), init=(0, 1, 0))
def update(state, z, noise):
    x, p, _ = state
    p = p + 0.1
    gain = p / (p + noise)
    return x + gain * (z - x), (1 - gain) * p, gain


@step.fn(f32, f32)
def variance(log_noise):
    return np.exp(2 * log_noise)


@step.fn((f32, f32, f32), f32)
def estimate(x, p, gain):
    return x


@step.fn((f32, f32, f32), f32)
def gain_of(x, p, gain):
    return gain


def reference(z, log_noise):
    r = np.exp(log_noise) ** 2
    x, p = np.zeros(len(z)), np.ones(len(z))
    estimates, gains = np.empty_like(z), np.empty_like(z)
    for t in range(z.shape[1]):
        k = (p + 0.1) / (p + 0.1 + r)
        x, p = x + k * (z[:, t] - x), (1 - k) * (p + 0.1)
        estimates[:, t], gains[:, t] = x, k
    return estimates, gains


@step.operator(
    inputs={"z": step.stream(f32, [T, N]), "log_noise": step.stream(f32, [N])},
    outputs=(step.stream(f32, [T, N]), step.stream(f32, [T, N])),
    reference=reference,
)
def kalman_filter(z, log_noise): ...
