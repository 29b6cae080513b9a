"""Discrete-time survival curves: the product of one minus the hazards so far, and the expected lifetime.

Task: unseen/survival.
"""

import numpy as np
import step as st

T, P = st.dims(T=6, P=4)


@st.fn("f32", "f32")
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@st.fn("f32", "f32")
def complement(p):
    return 1 - p


@st.fn("f32", "f32", init=1)
def product(so_far, p):
    return so_far * p


@st.fn("f32", "f32", init=0)
def total(so_far, s):
    return so_far + s


def reference(hazard_logits):
    curve = np.cumprod(1 / (1 + np.exp(hazard_logits)), axis=1)
    return curve, curve.sum(axis=1)


@st.operator(
    inputs={"hazard_logits": st.stream("f32", [T, P])},
    outputs=(st.stream("f32", [T, P]), st.stream("f32", [P])),
    reference=reference,
)
def survival(hazard_logits): ...
