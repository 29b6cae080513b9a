"""RMS norm with a weight, a linear layer and SiLU, then a residual.

Task: unseen/fused_rms_linear_silu.
"""

import numpy as np
import step
from step import Buffer, f32

Feat, Tok = step.dims(Feat=8, Tok=5)
Row = Buffer(f32, [Feat])
weight = step.parameter([Feat, Feat], scale=0.3)


@step.fn(f32, f32)
def sq(x):
    return x * x


@step.fn(f32, f32, init=0)
def acc(s, x):
    return s + x


@step.fn(f32, f32)
def inv_rms(s):
    return 1.0 / np.sqrt(s / Feat.size + 1e-6)


@step.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@step.fn(Row, Row)
def linear(x):
    return x @ weight


@step.fn(Row, Row)
def silu(x):
    return x / (1 + np.exp(-x))


@step.fn((Row, Row), Row)
def residual(a, b):
    return a + b


def reference(x, gamma):
    rms = np.sqrt(np.mean(np.square(x), axis=-1, keepdims=True) + 1e-6)
    hidden = (x / rms * gamma) @ weight
    return x + hidden * (1 / (1 + np.exp(-hidden)))


@step.operator(
    inputs={"x": step.stream(f32, [Feat, Tok]), "gamma": step.stream(f32, [Feat])},
    outputs=step.stream(f32, [Feat, Tok]),
    reference=reference,
)
def fused_rms_linear_silu(x, gamma): ...
