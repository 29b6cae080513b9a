"""Group norm over channels and pixels of every group, with a scale and shift per channel.

Task: unseen/group_norm_affine.
"""

import numpy as np
import step
from step import f32

P, G, N = step.dims(P=5, G=3, N=2)
C = step.dim("C", 4)


@step.fn(f32, (f32, f32), init=(0, 0))
def sums(state, x):
    s, q = state
    return s + x, q + x * x


@step.fn((f32, f32), (f32, f32))
def stats(s, q):
    n = P.size * C.size
    mean = s / n
    return mean, np.sqrt(q / n - mean * mean + 1e-5)


@step.fn((f32, f32, f32), f32)
def standardise(x, mean, deviation):
    return (x - mean) / deviation


@step.fn((f32, f32, f32), f32)
def affine(x, scale, shift):
    return x * scale + shift


def reference(x, scale, shift):
    n, g, c, p = x.shape
    flat = x.reshape(n, g, c * p)
    mean = flat.mean(-1)[..., None, None]
    var = flat.var(-1)[..., None, None]
    return (x - mean) / np.sqrt(var + 1e-5) * scale[None, :, :, None] + shift[None, :, :, None]


@step.operator(
    inputs={
        "x": step.stream(f32, [P, C, G, N]),
        "scale": step.stream(f32, [C, G]),
        "shift": step.stream(f32, [C, G]),
    },
    outputs=step.stream(f32, [P, C, G, N]),
    reference=reference,
)
def group_norm_affine(x, scale, shift): ...
