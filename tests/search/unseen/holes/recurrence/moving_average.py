"""Exponential moving average with bias correction, and how far each value is from it.

Task: unseen/moving_average.
"""

import numpy as np
import step
from step import f32

T, SERIES = step.dims(T=8, SERIES=3)
BETA = 0.9


@step.fn(f32, (f32, f32), init=(0, 1))
def ema(state, x):
    average, power = state
    return BETA * average + (1 - BETA) * x, BETA * power


@step.fn((f32, f32), f32)
def correct(average, power):
    return average / (1 - power)


@step.fn((f32, f32), f32)
def deviation(x, average):
    return np.abs(x - average)


def smooth(row):
    average, out = 0.0, []
    for t, x in enumerate(row, start=1):
        average = BETA * average + (1 - BETA) * x
        out.append(average / (1 - BETA**t))
    return np.array(out)


def reference(x):
    averages = np.apply_along_axis(smooth, -1, x)
    return averages, abs(x - averages)


@step.operator(
    inputs={"x": step.stream(f32, [T, SERIES])},
    outputs=(step.stream(f32, [T, SERIES]), step.stream(f32, [T, SERIES])),
    reference=reference,
)
def moving_average(x): ...
