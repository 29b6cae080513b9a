"""Instance norm of every channel of every image, written with loops and one-line functions.

Task: unseen/instance_norm_loop.
"""

import numpy as np
import step
from step import f32

Wd, Ht, Ch, N = step.dims(Wd=4, Ht=3, Ch=2, N=3)


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(f32, f32)
def average(s):
    return s / (Wd.size * Ht.size)


@step.fn((f32, f32), f32)
def centre(x, m):
    return x - m


@step.fn(f32, f32)
def squared(x):
    return x**2


@step.fn(f32, f32)
def rsqrt(v):
    return 1 / np.sqrt(v + 1e-5)


@step.fn((f32, f32), f32)
def scale(x, r):
    return x * r


def reference(image):
    out = np.zeros_like(image)
    for n in range(image.shape[0]):
        for c in range(image.shape[1]):
            plane = image[n, c]
            mean = plane.mean()
            var = ((plane - mean) ** 2).mean()
            out[n, c] = (plane - mean) / np.sqrt(var + 1e-5)
    return out


@step.operator(
    inputs={"image": step.stream(f32, [Wd, Ht, Ch, N])},
    outputs=step.stream(f32, [Wd, Ht, Ch, N]),
    reference=reference,
)
def instance_norm_loop(image): ...
