"""Layer norm of rows in plain Python numbers, with weight and bias, after a residual addition.

Task: unseen/standardise_then_layernorm.
"""

import numpy as np
import step
from step import f32

E, T, B = step.dims(E=6, T=3, B=2)


@step.fn((f32, f32), f32)
def add(a, b):
    return a + b


@step.fn(f32, f32, init=0)
def acc(s, v):
    return s + v


@step.fn(f32, f32)
def mean(s):
    return s / E.size


@step.fn((f32, f32), f32)
def sub(a, b):
    return a - b


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(f32, f32)
def rstd(v):
    return (v + 1e-5) ** -0.5


def layer_norm(row, weight, bias):
    mu = sum(row) / len(row)
    var = sum((v - mu) ** 2 for v in row) / len(row)
    return [(v - mu) * (var + 1e-5) ** -0.5 * w + b for v, w, b in zip(row, weight, bias, strict=True)]


def reference(x, sublayer, weight, bias):
    out = np.zeros_like(x)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[b, t] = layer_norm(x[b, t] + sublayer[b, t], weight, bias)
    return out


@step.operator(
    inputs={
        "x": step.stream(f32, [E, T, B]),
        "sublayer": step.stream(f32, [E, T, B]),
        "weight": step.stream(f32, [E]),
        "bias": step.stream(f32, [E]),
    },
    outputs=step.stream(f32, [E, T, B]),
    reference=reference,
)
def standardise_then_layernorm(x, sublayer, weight, bias): ...
