"""Batch normalisation as it runs at inference: running mean and variance, weight and bias a channel.

Task: unseen/batch_norm_inference.
"""

import numpy as np
import step as st
from step import f32

CH, BATCH = st.dims(CH=10, BATCH=3)
eps = 1e-3


@st.fn(f32, f32)
def inv_std(var):
    return 1 / np.sqrt(var + eps)


@st.fn((f32, f32), f32)
def sub(a, b):
    return a - b


@st.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@st.fn((f32, f32), f32)
def add(a, b):
    return a + b


def batchnorm(x, mu, var, gamma, beta):
    return gamma * (x - mu) / np.sqrt(var + eps) + beta


@st.operator(
    inputs={
        "x": st.stream(f32, [CH, BATCH]),
        "mu": st.stream(f32, [CH]),
        "var": st.stream(f32, [CH], data="uniform"),
        "gamma": st.stream(f32, [CH]),
        "beta": st.stream(f32, [CH]),
    },
    outputs=st.stream(f32, [CH, BATCH]),
    reference=batchnorm,
)
def batch_norm_inference(x, mu, var, gamma, beta): ...
