"""Rotary position embedding of queries and keys with given positions; there are fewer key heads.

Task: extended/rope_q_and_k.
"""

import numpy as np
import step
from step import Buffer, f32

A, G, T = step.dims(A=6, G=3, T=5)
D = step.dim("D", 8, multiple_of=2)
Head = Buffer(f32, [D])


@step.fn((Head, f32), Head)
def rotate(x, position):
    angles = position * 10000.0 ** (-np.arange(0, D.size, 2) / D.size)
    angles = np.concatenate((angles, angles))
    half = D.size // 2
    turned = np.concatenate((-x[half:], x[:half]))
    return x * np.cos(angles) + turned * np.sin(angles)


def reference(q, k, position):
    turns = np.exp(1j * position[:, None, None] * 10000.0 ** (-2 * np.arange(D.size // 2) / D.size))

    def turned(x):
        first, second = np.split(x, 2, axis=-1)
        z = (first + 1j * second) * turns
        return np.concatenate((z.real, z.imag), axis=-1)

    return turned(q), turned(k)


@step.operator(
    inputs={
        "q": step.stream(Head, [A, T]),
        "k": step.stream(Head, [G, T]),
        "position": step.stream(f32, [T], data="uniform", scale=50),
    },
    outputs=(step.stream(Head, [A, T]), step.stream(Head, [G, T])),
    reference=reference,
)
def rope_q_and_k(q, k, position): ...
