"""Kullback-Leibler divergence of a student's distribution from its teacher's, from their logits.

Task: unseen/kl_divergence.
"""

import numpy as np
import step
from step import Buffer, f32

V, B = step.dims(V=8, B=5)
Logits = Buffer(f32, [V])


@step.fn(Logits, Logits)
def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@step.fn(Logits, Logits)
def log(p):
    return np.log(p)


@step.fn((Logits, Logits), Logits)
def minus(a, b):
    return a - b


@step.fn((Logits, Logits), f32)
def dot(a, b):
    return a @ b


def reference(teacher, student):
    p = np.exp(teacher) / np.exp(teacher).sum(-1, keepdims=True)
    q = np.exp(student) / np.exp(student).sum(-1, keepdims=True)
    return np.einsum("bv,bv->b", p, np.log(p / q))


@step.operator(
    inputs={"teacher": step.stream(f32, [V, B]), "student": step.stream(f32, [V, B])},
    outputs=step.stream(f32, [B]),
    reference=reference,
)
def kl_divergence(teacher, student): ...
