"""Rotary position embedding in the GPT-J order: even and odd entries of a row are rotated in pairs.

Paper: rope/G_0_3_03.
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
def gptj_rope(t, x):
    angle = t / 10000.0 ** (2 * np.arange(D.size // 2) / D.size)
    cos, sin = np.cos(angle), np.sin(angle)
    even, odd = x[0::2], x[1::2]
    return np.stack((even * cos - odd * sin, odd * cos + even * sin), axis=-1).reshape(D.size)


def reference(ones, x):
    turns = np.exp(1j * np.arange(N.size)[:, None] * 10000.0 ** (-np.arange(0, D.size, 2) / D.size))
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * turns
    return np.stack((turned.real, turned.imag), axis=-1).reshape(x.shape)


@step.operator(
    inputs={"ones": step.stream(f32, [N, M], data="ones"), "x": step.stream(Row, [N, M])},
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def rope_gptj(ones, x): ...
