"""Cross attention: decoder queries attend over encoder memory of another length, all of them streams of numbers.

Task: unseen/cross_attention.
"""

import numpy as np
import step
from step import Buffer, f32

D, T, M, B = step.dims(D=6, T=3, M=5, B=2)
Vector = Buffer(f32, [D])


@step.fn((Vector, Vector), f32)
def similarity(query, key):
    return (query * key).sum()


@step.fn((f32, Vector), (f32, f32, Vector), init=(-np.inf, 0, 0))
def attend(state, s, value):
    peak, total, mixed = state
    high = np.maximum(peak, s)
    shrink = np.exp(peak - high)
    w = np.exp(s - high)
    return high, total * shrink + w, mixed * shrink + w * value


@step.fn((f32, f32, Vector), Vector)
def result(peak, total, mixed):
    return mixed / total


@step.fn((Vector, Vector), Vector)
def residual(a, b):
    return a + b


def softmax(z):
    z = np.exp(z - z.max(-1, keepdims=True))
    return z / z.sum(-1, keepdims=True)


def reference(decoder, memory):
    attention = softmax(np.einsum("btd,bmd->btm", decoder, memory))
    return decoder + np.einsum("btm,bmd->btd", attention, memory)


@step.operator(
    inputs={"decoder": step.stream(f32, [D, T, B]), "memory": step.stream(f32, [D, M, B])},
    outputs=step.stream(f32, [D, T, B]),
    reference=reference,
)
def cross_attention(decoder, memory): ...
