"""Mean, variance and skewness of every group in one pass, as one stream of three numbers.

Task: unseen/four_moments.
"""

import step
from step import STuple, f32

A, B, G = step.dims(A=4, B=5, G=3)


@step.fn(f32, (f32, f32, f32, f32), init=(0, 0, 0, 0))
def power_sums(state, x):
    n, s1, s2, s3 = state
    return n + 1, s1 + x, s2 + x**2, s3 + x**3


@step.fn((f32, f32, f32, f32), (f32, f32, f32))
def statistics(n, s1, s2, s3):
    mean = s1 / n
    variance = s2 / n - mean**2
    third = s3 / n - 3 * mean * s2 / n + 2 * mean**3
    return mean, variance, third / variance**1.5


def reference(x):
    rows = x.reshape(x.shape[0], -1)
    mean = rows.mean(axis=1)
    centred = rows - mean[:, None]
    variance = (centred**2).mean(axis=1)
    return (mean, variance, (centred**3).mean(axis=1) / variance**1.5)


@step.operator(
    inputs={"x": step.stream(f32, [A, B, G])},
    outputs=step.stream(STuple((f32, f32, f32)), [G]),
    reference=reference,
)
def four_moments(x): ...
