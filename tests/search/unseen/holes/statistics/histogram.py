"""A histogram of bin numbers as one-hot vectors, and its normalised form.

Task: unseen/histogram.
"""

import numpy as np
import step
from step import Buffer, f32

Bins = step.dim("Bins", 4, fixed=True)
N, G = step.dims(N=9, G=3)
Hist = Buffer(f32, [Bins])


@step.fn(f32, Hist)
def one_hot(x):
    edges = np.array([-1.0, 0.0, 1.0])
    return np.arange(4) == (x > edges).sum()


@step.fn(Hist, Hist, init=0)
def count(h, o):
    return h + o


@step.fn(Hist, Hist)
def frequencies(h):
    return h / N.size


def reference(x):
    hist = np.zeros((len(x), 4))
    for g, group in enumerate(x):
        for value in group:
            hist[g, int(np.digitize(value, [-1.0, 0.0, 1.0], right=True))] += 1
    return hist, hist / x.shape[1]


@step.operator(
    inputs={"x": step.stream(f32, [N, G])},
    outputs=(step.stream(Hist, [G]), step.stream(Hist, [G])),
    reference=reference,
)
def histogram(x): ...
