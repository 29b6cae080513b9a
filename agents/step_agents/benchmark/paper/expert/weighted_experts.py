"""Three experts, any number of them for a token, their results weighed by the gates.

Paper: moe/G_0_6_05.
"""

import step
from step import Buffer, Multihot, f32
from step.numeric import gelu

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
E = step.dim("E", 3, fixed=True)
Row = Buffer(f32, [K])
Gates = Buffer(f32, [E])
w_in0, w_in1, w_in2 = [step.parameter([D, K]) for _ in range(3)]
w_out0, w_out1, w_out2 = [step.parameter([K, D]) for _ in range(3)]


@step.fn((Row, Gates), (Row, f32))
def expert_0(x, g):
    return gelu(x @ w_in0) @ w_out0, g[0]


@step.fn((Row, Gates), (Row, f32))
def expert_1(x, g):
    return gelu(x @ w_in1) @ w_out1, g[1]


@step.fn((Row, Gates), (Row, f32))
def expert_2(x, g):
    return gelu(x @ w_in2) @ w_out2, g[2]


@step.fn((Row, f32), Row, init=0)
def weighted_sum(total, x, g):
    return total + g * x


def reference(x, sel, g):
    weights = sel * g
    return (
        weights[..., 0:1] * (gelu(x @ w_in0) @ w_out0)
        + weights[..., 1:2] * (gelu(x @ w_in1) @ w_out1)
        + weights[..., 2:3] * (gelu(x @ w_in2) @ w_out2)
    )


@step.operator(
    inputs={
        "x": step.stream(Row, [N, M]),
        "sel": step.stream(Multihot(f32, E), [N, M], ones=(0, 3)),
        "g": step.stream(Gates, [N, M]),
    },
    outputs=step.stream(Row, [N, M]),
    reference=reference,
)
def weighted_experts(x, sel, g): ...
