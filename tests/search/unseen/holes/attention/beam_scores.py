"""Beam scores: log-probabilities of a vocabulary added to the beams' scores, with a length penalty; the best of each.

Task: unseen/beam_scores.
"""

import numpy as np
import step
from step import f32

Vocab, Beam, Batch = step.dims(Vocab=9, Beam=3, Batch=2)


@step.fn(f32, f32, init=0)
def sum_exp(t, z):
    return t + np.exp(z)


@step.fn((f32, f32), f32)
def log_prob(z, t):
    return z - np.log(t)


@step.fn((f32, f32), f32)
def extend(score, lp):
    return score + lp


@step.fn((f32, f32), f32)
def penalise(score, length):
    return score / ((5 + length) / 6) ** 0.6


@step.fn(f32, f32, init=-np.inf)
def best(m, s):
    return np.maximum(m, s)


def reference(logits, score, length):
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    total = score[:, :, None] + log_p
    normed = total / ((5 + length[:, :, None]) / 6) ** 0.6
    return normed.max(axis=(1, 2))


@step.operator(
    inputs={
        "logits": step.stream(f32, [Vocab, Beam, Batch]),
        "score": step.stream(f32, [Beam, Batch]),
        "length": step.stream(f32, [Beam, Batch], data="uniform"),
    },
    outputs=step.stream(f32, [Batch]),
    reference=reference,
)
def beam_scores(logits, score, length): ...
