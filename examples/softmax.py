"""Softmax over the innermost dimension, with the largest value taken off first: a finished operator."""

import numpy as np
import step
from step import f32

C, N = step.dims(C=12, N=7)


@step.fn(f32, f32, init=-np.inf)
def largest(peak, x):
    return np.maximum(peak, x)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn((f32, f32), f32)
def exp_difference(x, peak):
    return np.exp(x - peak)


@step.fn((f32, f32), f32)
def divide(x, y):
    return x / y


def reference(x):
    odds = np.exp(x - x.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


@step.operator(
    inputs={"x": step.stream(f32, [C, N], scale=30)},  # large numbers: an unstable softmax fails
    outputs=step.stream(f32, [C, N]),
    reference=reference,
)
def softmax(x):
    x0, x1 = step.Copy().apply(x)
    peak = step.Accum(fn=largest, b=1).apply(x0)
    peaks = step.Repeat(n=C).apply(peak)
    shifted = step.Zip().apply((x1, peaks))
    odds = step.Map(fn=exp_difference).apply(shifted)
    odds0, odds1 = step.Copy().apply(odds)
    total = step.Accum(fn=add, b=1).apply(odds0)
    totals = step.Repeat(n=C).apply(total)
    return step.Map(fn=divide).apply((odds1, totals))
