"""Four linear experts with biases: each token goes to the one with its largest gate weight, and is scaled by it.

Task: unseen/four_experts.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

K, N = step.dims(K=6, N=9)
E = step.dim("E", 4, fixed=True)
Token = Buffer(f32, [K])
Gate = Buffer(f32, [E])
weights = [step.parameter([K, K]) for _ in range(4)]
biases = step.parameter([K, E])


@step.fn(Gate, Multihot(f32, E))
def best(gate):
    return np.where(gate == np.max(gate), 1.0, 0.0)


@step.fn((Token, Gate), Token)
def north(x, gate):
    return gate[0] * (x @ weights[0] + biases[0])


@step.fn((Token, Gate), Token)
def east(x, gate):
    return gate[1] * (x @ weights[1] + biases[1])


@step.fn((Token, Gate), Token)
def south(x, gate):
    return gate[2] * (x @ weights[2] + biases[2])


@step.fn((Token, Gate), Token)
def west(x, gate):
    return gate[3] * (x @ weights[3] + biases[3])


@step.fn(Token, Token, init=0)
def gather(total, y):
    return total + y


def reference(x, gate):
    out = np.zeros_like(x)
    for n, e in enumerate(gate.argmax(axis=1)):
        out[n] = gate[n, e] * (x[n] @ weights[e] + biases[e])
    return out


@step.operator(
    inputs={"x": step.stream(f32, [K, N]), "gate": step.stream(f32, [E, N], data="uniform")},
    outputs=step.stream(f32, [K, N]),
    reference=reference,
)
def four_experts(x, gate): ...
