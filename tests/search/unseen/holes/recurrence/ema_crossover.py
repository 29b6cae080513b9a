"""Two exponential moving averages of every series, and their difference relative to the slow one.

Task: unseen/ema_crossover.
"""

import numpy as np
import step
from step import f32

Days, Tickers = step.dims(Days=11, Tickers=3)


@step.fn(f32, f32, init=0)
def fast(avg, price):
    return avg + 0.5 * (price - avg)


@step.fn(f32, f32, init=0)
def slow(avg, price):
    return avg + 0.1 * (price - avg)


@step.fn((f32, f32), f32)
def spread(f, s):
    return (f - s) / (abs(s) + 1.0)


@step.fn(f32, f32)
def sign(v):
    return np.sign(v)


def reference(price):
    signals, spreads = [], []
    for series in price:
        f = s = 0.0
        row = []
        for p in series:
            f = f + 0.5 * (p - f)
            s = s + 0.1 * (p - s)
            row.append((f - s) / (abs(s) + 1.0))
        spreads.append(row)
        signals.append([np.sign(v) for v in row])
    return np.array(signals), np.array(spreads)


@step.operator(
    inputs={"price": step.stream(f32, [Days, Tickers])},
    outputs=(step.stream(f32, [Days, Tickers]), step.stream(f32, [Days, Tickers])),
    reference=reference,
)
def ema_crossover(price): ...
