"""Threshold gating: a small network scores every token, and the score decides between two experts.

Paper: moe/G_0_3_04.
"""

import numpy as np
import step
from step import Buffer, Multihot, f32

M, N, K, D = step.dims(M=5, N=7, K=9, D=16)
E = step.dim("E", 2, fixed=True)
w_hidden = step.parameter([K, D])
w_score = step.parameter([K])


@step.fn(Buffer(f32, [D]), f32)
def score(x):
    hidden = x @ w_hidden
    return 1 / (1 + np.exp(-((hidden / (1 + np.exp(-hidden))) @ w_score)))


@step.fn(f32, Multihot(f32, E))
def filter(score):
    return np.where(score > 0.5, np.array([1.0, 0.0]), np.array([0.0, 1.0]))


def reference(x):
    hidden = np.einsum("mnd,dk->mnk", x, w_hidden)
    logits = np.einsum("mnk,k->mn", hidden * (0.5 + 0.5 * np.tanh(hidden / 2)), w_score)
    return np.stack((logits > 0, logits <= 0), axis=-1).astype(x.dtype)


@step.operator(
    inputs={"x": step.stream(f32, [D, N, M])},
    outputs=step.stream(Multihot(f32, E), [N, M]),
    reference=reference,
)
def choose_by_score(x): ...
