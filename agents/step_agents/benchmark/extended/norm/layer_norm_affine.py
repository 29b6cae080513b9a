"""Layer normalisation over the innermost dimension, with weight and bias as streams.

Task: extended/layer_norm_affine.
"""

import numpy as np
import step
from step import f32

H, T = step.dims(H=12, T=7)


@step.fn(f32, (f32, f32), init=(0, 0))
def moments(sums, x):
    total, squares = sums
    return total + x, squares + x * x


@step.fn((f32, f32), (f32, f32))
def mean_and_scale(total, squares):
    mean = total / H.size
    return mean, 1 / np.sqrt(squares / H.size - mean * mean + 1e-5)


@step.fn((f32, f32, f32), f32)
def normalise(x, mean, scale):
    return (x - mean) * scale


@step.fn((f32, f32, f32), f32)
def affine(x, weight, bias):
    return x * weight + bias


def reference(x, weight, bias):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5) * weight + bias


@step.operator(
    inputs={
        "x": step.stream(f32, [H, T]),
        "weight": step.stream(f32, [H]),
        "bias": step.stream(f32, [H]),
    },
    outputs=step.stream(f32, [H, T]),
    reference=reference,
)
def layer_norm_affine(x, weight, bias): ...
