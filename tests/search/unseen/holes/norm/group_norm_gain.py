"""Group norm over groups of 4 neighbouring channels, with learned gain and bias for a channel.

Task: unseen/group_norm_gain.
"""

import numpy as np
import step
from step import Buffer, f32

CHAN = step.dim("CHAN", 12, multiple_of=4)
ROWS = step.dim("ROWS", 5)
Group = Buffer(f32, [4])


@step.fn(Group, Group)
def centre(g):
    return g - g.mean()


@step.fn(Group, f32)
def power(g):
    return (g**2).mean()


@step.fn((Group, f32), Group)
def whiten(g, v):
    return g / np.sqrt(v + 1e-5)


@step.fn((f32, f32), f32)
def times(x, gain):
    return x * gain


def reference(x, gain):
    n, c = x.shape
    g = x.reshape(n, c // 4, 4)
    g = (g - g.mean(-1, keepdims=True)) / np.sqrt(g.var(-1, keepdims=True) + 1e-5)
    return g.reshape(n, c) * gain


@step.operator(
    inputs={"x": step.stream(f32, [CHAN, ROWS]), "gain": step.stream(f32, [CHAN])},
    outputs=step.stream(f32, [CHAN, ROWS]),
    reference=reference,
)
def group_norm_gain(x, gain): ...
