"""A low-rank update of a linear layer, batched: base output plus scaled (x A) B, with einsum.

Task: unseen/batched_low_rank.
"""

import numpy as np
import step
from step import f32

K, M, R, N, B = step.dims(K=5, M=4, R=2, N=3, B=2)


@step.fn((f32, f32), f32)
def product(a, b):
    return a * b


@step.fn(f32, f32, init=0)
def add(s, p):
    return s + p


@step.fn((f32, f32), f32)
def scaled_sum(base, update):
    return base + 0.5 * update


def reference(x, w, a, b):
    base = np.einsum("bnk,ok->bno", x, w)
    low = np.einsum("bnk,rk->bnr", x, a)
    return base + 0.5 * np.einsum("bnr,or->bno", low, b)


@step.operator(
    inputs={
        "x": step.stream(f32, [K, N, B]),
        "w": step.stream(f32, [K, M]),
        "a": step.stream(f32, [K, R]),
        "b": step.stream(f32, [R, M]),
    },
    outputs=step.stream(f32, [M, N, B]),
    reference=reference,
)
def batched_low_rank(x, w, a, b): ...
