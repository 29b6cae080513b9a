"""Dropout with a given mask, residual, layer norm with a weight and bias; batch and time.

Task: unseen/dropout_residual_layernorm.
"""

import numpy as np
import step
from step import f32

H, S, B = step.dims(H=6, S=4, B=3)


@step.fn((f32, f32), f32)
def dropout(x, keep):
    return x * keep / 0.9


@step.fn((f32, f32), f32)
def add(x, y):
    return x + y


@step.fn(f32, (f32, f32, f32), init=(0, 0, 0))
def welford(state, x):
    n, mean, m2 = state
    n = n + 1
    d = x - mean
    mean = mean + d / n
    return n, mean, m2 + d * (x - mean)


@step.fn((f32, f32, f32), (f32, f32))
def finish(n, mean, m2):
    return mean, 1 / np.sqrt(m2 / n + 1e-5)


@step.fn((f32, f32, f32, f32, f32), f32)
def affine(x, mean, inv, weight, bias):
    return (x - mean) * inv * weight + bias


def reference(x, residual, keep, weight, bias):
    y = residual + x * keep / 0.9
    mu = y.mean(-1, keepdims=True)
    sigma2 = ((y - mu) ** 2).mean(-1, keepdims=True)
    return (y - mu) / np.sqrt(sigma2 + 1e-5) * weight + bias, y


@step.operator(
    inputs={
        "x": step.stream(f32, [H, S, B]),
        "residual": step.stream(f32, [H, S, B]),
        "keep": step.stream(f32, [H, S, B], data="binary"),
        "weight": step.stream(f32, [H]),
        "bias": step.stream(f32, [H]),
    },
    outputs=(step.stream(f32, [H, S, B]), step.stream(f32, [H, S, B])),
    reference=reference,
)
def dropout_residual_layernorm(x, residual, keep, weight, bias): ...
