"""Distillation: the KL divergence of softened teacher and student distributions, times the squared temperature.

Task: unseen/distillation_loss.
"""

import numpy as np
import step
from step import f32

V, B = step.dims(V=6, B=5)


@step.fn(f32, f32)
def soften(x):
    return x / 2


@step.fn(f32, f32)
def exp(x):
    return np.exp(x)


@step.fn(f32, f32, init=0)
def add(t, x):
    return t + x


@step.fn((f32, f32), f32)
def div(x, t):
    return x / t


@step.fn((f32, f32), f32)
def divergence(p, q):
    return p * np.log(p / q)


@step.fn(f32, f32)
def times_four(x):
    return 4 * x


def log_softmax(z):
    return z - z.max(-1, keepdims=True) - np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True))


def reference(student, teacher):
    lp = log_softmax(teacher / 2.0)
    lq = log_softmax(student / 2.0)
    return (np.exp(lp) * (lp - lq)).sum(-1) * 2.0**2


@step.operator(
    inputs={"student": step.stream(f32, [V, B]), "teacher": step.stream(f32, [V, B])},
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def distillation_loss(student, teacher): ...
