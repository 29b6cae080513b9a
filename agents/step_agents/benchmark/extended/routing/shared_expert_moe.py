"""A mixture of four experts, two for a token, with an expert that all tokens share.

Task: extended/shared_expert_moe.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

T, H, F = step.dims(T=6, H=8, F=5)
E = step.dim("E", 4, fixed=True)
Row = Buffer(f32, [H])
Weights = Buffer(f32, [E])
w_router = step.parameter([E, H])
w_in = [step.parameter([F, H]) for _ in range(5)]
w_out = [step.parameter([H, F]) for _ in range(5)]


def layer(x, number):
    return np.maximum(x @ w_in[number], 0) @ w_out[number]


@step.fn(Row, Weights)
def router(x):
    logits = x @ w_router
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


@step.fn(Weights, Multihot(f32, E))
def top2(weights):
    return np.where(weights >= np.sort(weights)[-2], 1.0, 0.0)


@step.fn((Row, Weights), Row)
def expert_0(x, weights):
    return weights[0] * layer(x, 0)


@step.fn((Row, Weights), Row)
def expert_1(x, weights):
    return weights[1] * layer(x, 1)


@step.fn((Row, Weights), Row)
def expert_2(x, weights):
    return weights[2] * layer(x, 2)


@step.fn((Row, Weights), Row)
def expert_3(x, weights):
    return weights[3] * layer(x, 3)


@step.fn(Row, Row)
def shared_expert(x):
    return layer(x, 4)


@step.fn(Row, Row, init=0)
def combine(total, x):
    return total + x


@step.fn((Row, Row), Row)
def add(x, y):
    return x + y


experts = [expert_0, expert_1, expert_2, expert_3]


def reference(x):
    odds = np.exp(x @ w_router)
    weights = odds / odds.sum(axis=-1, keepdims=True)
    order = np.argsort(-weights, axis=-1)
    result = np.maximum(x @ w_in[4], 0) @ w_out[4]
    for rank in range(2):
        for number in range(4):
            routed = np.maximum(x @ w_in[number], 0) @ w_out[number]
            result = result + (order[:, rank] == number)[:, None] * weights[:, number, None] * routed
    return result


@step.operator(
    inputs={"x": step.stream(f32, [H, T])},
    outputs=step.stream(f32, [H, T]),
    reference=reference,
)
def shared_expert_moe(x): ...
