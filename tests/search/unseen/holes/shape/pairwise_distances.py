"""Squared distances between all pairs of two sets of points.

Task: unseen/pairwise_distances.
"""

import step
from step import f32

D, A, B = step.dims(D=3, A=5, B=4)


@step.fn((f32, f32), f32)
def difference(p, q):
    return p - q


@step.fn(f32, f32)
def square(d):
    return d * d


@step.fn(f32, f32, init=0)
def add(s, d):
    return s + d


def reference(p, q):
    return ((p[:, None, :] - q[None, :, :]) ** 2).sum(axis=-1)


@step.operator(
    inputs={"p": step.stream(f32, [D, A]), "q": step.stream(f32, [D, B])},
    outputs=step.stream(f32, [B, A]),
    reference=reference,
)
def pairwise_distances(p, q): ...
