"""Features scaled to [0, 1], column by column of a table that comes column-major.

Task: unseen/min_max_scale.
"""

import numpy as np
import step
from step import f32

SAMPLES, FEATURES = step.dims(SAMPLES=9, FEATURES=4)


@step.fn(f32, f32, init=np.inf)
def lowest(low, x):
    return np.minimum(low, x)


@step.fn(f32, f32, init=-np.inf)
def highest(high, x):
    return np.maximum(high, x)


@step.fn((f32, f32), f32)
def difference(a, b):
    return a - b


@step.fn((f32, f32), f32)
def ratio(a, b):
    return a / b


def reference(table):
    low = table.min(axis=1)[:, None]
    high = table.max(axis=1)[:, None]
    return (table - low) / (high - low)


@step.operator(
    inputs={"table": step.stream(f32, [SAMPLES, FEATURES])},
    outputs=step.stream(f32, [SAMPLES, FEATURES]),
    reference=reference,
)
def min_max_scale(table): ...
