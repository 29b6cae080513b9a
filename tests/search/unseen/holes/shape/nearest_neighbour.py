"""How far every point of a set is from the nearest point of the other set of as many points (Chamfer's first half).

Task: unseen/nearest_neighbour.
"""

import numpy as np
import step
from step import Buffer, f32

D, N, B = step.dims(D=3, N=5, B=2)
Point = Buffer(f32, [D])


@step.fn((Point, Point), f32)
def squared_distance(p, q):
    return np.sum((p - q) ** 2)


@step.fn(f32, f32, init=np.inf)
def nearest(best, d):
    return np.minimum(best, d)


def reference(a, b):
    return ((a[:, :, None] - b[:, None, :]) ** 2).sum(-1).min(-1)


@step.operator(
    inputs={"a": step.stream(f32, [D, N, B]), "b": step.stream(f32, [D, N, B])},
    outputs=step.stream(f32, [N, B]),
    reference=reference,
)
def nearest_neighbour(a, b): ...
