"""A linear layer with low-rank adapters: each sequence of a batch picks up to two of three adapters, or none.

Task: extended/lora_adapters.
"""

import step
from step import Buffer, Multihot, f32

H, L, B, R = step.dims(H=10, L=7, B=5, R=2)
A = step.dim("A", 3, fixed=True)
Row = Buffer(f32, [H])
w = step.parameter([H, H])
down_0, down_1, down_2 = [step.parameter([R, H]) for _ in range(3)]
up_0, up_1, up_2 = [step.parameter([H, R]) for _ in range(3)]


@step.fn(Row, Row)
def base_layer(x):
    return x @ w


@step.fn(Row, Row)
def adapter_0(x):
    return x @ down_0 @ up_0


@step.fn(Row, Row)
def adapter_1(x):
    return x @ down_1 @ up_1


@step.fn(Row, Row)
def adapter_2(x):
    return x @ down_2 @ up_2


@step.fn(Row, Row, init=0)
def combine(total, x):
    return total + x


@step.fn((Row, Row), Row)
def add(x, y):
    return x + y


adapters = [adapter_0, adapter_1, adapter_2]


def reference(x, choice):
    weights = (
        w
        + choice[:, 0, None, None] * (down_0 @ up_0)
        + choice[:, 1, None, None] * (down_1 @ up_1)
        + choice[:, 2, None, None] * (down_2 @ up_2)
    )
    return x @ weights


@step.operator(
    inputs={"x": step.stream(Row, [L, B]), "choice": step.stream(Multihot(f32, A), [B], ones=(0, 2))},
    outputs=step.stream(Row, [L, B]),
    reference=reference,
)
def lora_adapters(x, choice): ...
