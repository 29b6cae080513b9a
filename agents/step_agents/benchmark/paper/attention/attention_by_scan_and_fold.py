"""Attention by a scan over the scores, then one fold that sums the weights and averages the values.

Paper: attention/G_0_6_01.
"""

import numpy as np
import step
from step import Buffer, f32

M, N, D = step.dims(M=5, N=7, D=16)
Row = Buffer(f32, [D])


@step.fn(f32, (f32, f32, f32), init=(-np.inf, 0, 0))
def exp_max_diff(state, s):
    m, _, _ = state
    peak = np.maximum(m, s)
    return peak, np.exp(s - peak), np.exp(m - peak)


@step.fn((Row, f32, f32), (Row, Row), init=(0, 0))
def div_sum(state, v, e, d):
    weight, mean = state
    kept = d * weight
    new_weight = e + kept
    return new_weight, (kept * mean + e * v) / new_weight


@step.fn((f32, f32, f32), (f32, f32))
def second_third(m, e, d):
    return e, d


@step.fn((Row, Row), Row)
def second(weight, mean):
    return mean


def reference(s, v):
    weights = np.exp(s - s.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.einsum("nm,nmd->nd", weights, v)


@step.operator(
    inputs={"s": step.stream(f32, [M, N], data="uniform"), "v": step.stream(Row, [M, N], data="uniform")},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def attention_by_scan_and_fold(s, v): ...
