"""A dense layer: matrix product with a streamed weight, a bias, and a ReLU.

Task: unseen/dense_relu.
"""

import numpy as np
import step
from step import f32

INP, OUT, BATCH = step.dims(INP=7, OUT=4, BATCH=5)


@step.fn((f32, f32), f32)
def multiply(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def accumulate(s, a):
    return s + a


@step.fn((f32, f32), f32)
def add_bias(a, b):
    return a + b


@step.fn(f32, f32)
def relu(a):
    return np.maximum(a, 0)


def reference(x, weight, bias):
    y = np.zeros((x.shape[0], weight.shape[0]))
    for n in range(x.shape[0]):
        for o in range(weight.shape[0]):
            y[n, o] = max(0.0, float(x[n] @ weight[o]) + bias[o])
    return y


@step.operator(
    inputs={
        "x": step.stream(f32, [INP, BATCH]),
        "weight": step.stream(f32, [INP, OUT]),
        "bias": step.stream(f32, [OUT]),
    },
    outputs=step.stream(f32, [OUT, BATCH]),
    reference=reference,
)
def dense_relu(x, weight, bias): ...
