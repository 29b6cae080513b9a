"""A routed layer with one shared expert for everyone, and a residual connection.

Task: unseen/shared_expert_residual.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

C, L, B = step.dims(C=4, L=5, B=2)
E = step.dim("E", 2, fixed=True)
Tok = Buffer(f32, [C])
Route = Multihot(f32, E)
A = [step.parameter([C, C]) for _ in range(3)]


@step.fn(Tok, Tok)
def ffn_left(t):
    return np.maximum(t @ A[0], 0)


@step.fn(Tok, Tok)
def ffn_right(t):
    return np.maximum(t @ A[1], 0)


@step.fn(Tok, Tok)
def ffn_shared(t):
    return np.maximum(t @ A[2], 0)


@step.fn(Tok, Tok, init=0)
def gather(total, t):
    return total + t


@step.fn((Tok, Tok, Tok), Tok)
def sum3(a, b, c):
    return a + b + c


def reference(x, route):
    def relu(v):
        return np.maximum(v, 0)

    routed = route[..., :1] * relu(x @ A[0]) + route[..., 1:] * relu(x @ A[1])
    return x + routed + relu(x @ A[2])


@step.operator(
    inputs={"x": step.stream(Tok, [L, B]), "route": step.stream(Route, [L, B], ones=(1, 1))},
    outputs=step.stream(Tok, [L, B]),
    reference=reference,
)
def shared_expert_residual(x, route): ...
