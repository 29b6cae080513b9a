"""The Gaussian kernel between all rows of two sets, and its row sums.

Task: unseen/rbf_kernel.
"""

import numpy as np
import step
from step import Buffer, f32

Dim, M, N = step.dims(Dim=4, M=5, N=6)
Point = Buffer(f32, [Dim])


@step.fn((Point, Point), f32)
def squared_distance(a, b):
    d = a - b
    return (d * d).sum()


@step.fn(f32, f32)
def gauss(d):
    return np.exp(-0.5 * d)


@step.fn(f32, f32, init=0)
def add(a, b):
    return a + b


def reference(xs, ys):
    kernel = np.zeros((len(xs), len(ys)))
    for i in range(len(xs)):
        for j in range(len(ys)):
            kernel[i, j] = np.exp(-0.5 * np.sum((xs[i] - ys[j]) ** 2))
    return kernel, kernel.sum(axis=1)


@step.operator(
    inputs={"xs": step.stream(Point, [M]), "ys": step.stream(Point, [N])},
    outputs=(step.stream(f32, [N, M]), step.stream(f32, [M])),
    reference=reference,
)
def rbf_kernel(xs, ys): ...
