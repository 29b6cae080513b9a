"""The DPO loss of a pair of answers, from the log-probabilities of their tokens under policy and reference model.

Task: unseen/preference_loss.
"""

import numpy as np
import step
from step import f32

T, B = step.dims(T=7, B=3)
BETA = 0.1


@step.fn(f32, f32, init=0)
def total(s, x):
    return s + x


@step.fn((f32, f32), f32)
def margin(a, b):
    return a - b


@step.fn(f32, f32)
def scaled(x):
    return BETA * x


@step.fn(f32, f32)
def minus_log_sigmoid(x):
    return np.log1p(np.exp(-x))


def reference(chosen, rejected, chosen_ref, rejected_ref):
    policy = chosen.sum(1) - rejected.sum(1)
    base = chosen_ref.sum(1) - rejected_ref.sum(1)
    return -np.log(1 / (1 + np.exp(-BETA * (policy - base))))


@step.operator(
    inputs={
        "chosen": step.stream(f32, [T, B]),
        "rejected": step.stream(f32, [T, B]),
        "chosen_ref": step.stream(f32, [T, B]),
        "rejected_ref": step.stream(f32, [T, B]),
    },
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def preference_loss(chosen, rejected, chosen_ref, rejected_ref): ...
