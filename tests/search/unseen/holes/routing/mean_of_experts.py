"""The mean of the chosen experts' answers, one to three of them a token.

Task: unseen/mean_of_experts.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

D, T, B = step.dims(D=6, T=4, B=5)
E = step.dim("E", 3, fixed=True)
Row = Buffer(f32, [D])
w = step.parameter([D, D, E])


@step.fn(Row, Row)
def linear(x):
    return x @ w[0]


@step.fn(Row, Row)
def rectified(x):
    return np.maximum(x @ w[1], 0)


@step.fn(Row, Row)
def bounded(x):
    return np.tanh(x @ w[2])


@step.fn(Row, (Row, f32), init=(0, 0))
def sum_and_count(state, y):
    total, n = state
    return total + y, n + 1


@step.fn((Row, f32), Row)
def mean(total, n):
    return total / n


def reference(x, chosen):
    answers = np.stack([x @ w[0], np.maximum(x @ w[1], 0), np.tanh(x @ w[2])], axis=-2)
    return np.average(answers, axis=-2, weights=np.broadcast_to(chosen[..., None], answers.shape))


@step.operator(
    inputs={"x": step.stream(Row, [T, B]), "chosen": step.stream(Multihot(f32, E), [T, B], ones=(1, 3))},
    outputs=step.stream(Row, [T, B]),
    reference=reference,
)
def mean_of_experts(x, chosen): ...
