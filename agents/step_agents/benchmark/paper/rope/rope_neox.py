"""Rotary position embedding in the NeoX order: the two halves of a row are rotated against each other.

Paper: rope/G_0_3_02.
"""

import numpy as np
import step
from step import Buffer, f32

M, N = step.dims(M=5, N=7)
D = step.dim("D", 16, multiple_of=2)
Row = Buffer(f32, [D])


@step.fn(f32, f32, init=-1)
def sum(total, x):
    return total + x


@step.fn((f32, Row), Row)
def neox_rope(t, x):
    half = D.size // 2
    angle = t / 10000.0 ** (2 * np.arange(half) / D.size)
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = x[:half], x[half:]
    return np.concatenate((first * cos - second * sin, second * cos + first * sin))


def reference(ones, x):
    turns = np.exp(1j * np.arange(N.size)[:, None] * 10000.0 ** (-np.arange(0, D.size, 2) / D.size))
    first, second = np.split(x, 2, axis=-1)
    turned = (first + 1j * second) * turns
    return np.concatenate((turned.real, turned.imag), axis=-1)


@step.operator(
    inputs={"ones": step.stream(f32, [N, M], data="ones"), "x": step.stream(Row, [N, M])},
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def rope_neox(ones, x): ...
