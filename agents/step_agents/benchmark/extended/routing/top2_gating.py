"""Top-2 gating with renormalised weights: which experts a token goes to, and how much each counts.

Task: extended/top2_gating.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

T, H = step.dims(T=6, H=10)
E = step.dim("E", 4, fixed=True)
Weights = Buffer(f32, [E])
w_router = step.parameter([E, H])


@step.fn(Buffer(f32, [H]), Weights)
def router(x):
    return x @ w_router


@step.fn(Weights, Weights)
def softmax(logits):
    odds = np.exp(logits - np.max(logits))
    return odds / np.sum(odds)


@step.fn(Weights, Multihot(f32, E))
def top2(weights):
    order = np.argsort(np.argsort(-weights))
    return np.where(order < 2, 1.0, 0.0)


@step.fn((Weights, Multihot(f32, E)), Weights)
def renormalise(weights, chosen):
    kept = weights * chosen
    return kept / kept.sum()


def reference(x):
    odds = np.exp(x @ w_router)
    best = np.argpartition(odds, -2, axis=-1)[:, -2:]
    chosen = np.zeros_like(odds)
    np.put_along_axis(chosen, best, 1.0, axis=-1)
    return chosen, chosen * odds / (chosen * odds).sum(axis=-1, keepdims=True)


@step.operator(
    inputs={"x": step.stream(f32, [H, T])},
    outputs=(step.stream(Multihot(f32, E), [T]), step.stream(Weights, [T])),
    reference=reference,
)
def top2_gating(x): ...
