"""The backward pass of a softmax: from its output and the gradient, weights times (gradient less their dot product).

Task: unseen/gradient_of_softmax.
"""

import numpy as np
import step
from step import f32

N, B, H = step.dims(N=64, B=48, H=3)


@step.fn((f32, f32), f32)
def times(a, b):
    return a * b


@step.fn((f32, f32), f32)
def minus(a, b):
    return a - b


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


def reference(y, dy):
    out = np.zeros_like(y)
    for h in range(y.shape[0]):
        for b in range(y.shape[1]):
            jacobian = np.diag(y[h, b]) - np.outer(y[h, b], y[h, b])
            out[h, b] = jacobian @ dy[h, b]
    return out


@step.operator(
    inputs={"y": step.stream(f32, [N, B, H], data="uniform"), "dy": step.stream(f32, [N, B, H])},
    outputs=step.stream(f32, [N, B, H]),
    reference=reference,
)
def gradient_of_softmax(y, dy): ...
