"""Multi-query attention of one new token: every head has a query, the keys and values are shared by all heads.

Task: unseen/multi_query_attention.
"""

import numpy as np
import step as st
from step import Buffer, f32

HD, S, H = st.dims(HD=8, S=5, H=3)
Vec = Buffer(f32, [HD])


@st.fn((Vec, Vec), f32)
def score(q, k):
    return np.dot(q, k) / np.sqrt(HD.size)


@st.fn(f32, f32)
def exp(s):
    return np.exp(s)


@st.fn((f32, Vec), Vec)
def weigh(w, v):
    return w * v


@st.fn(Vec, Vec, init=0)
def sum_vectors(t, v):
    return t + v


@st.fn(f32, f32, init=0)
def sum_weights(t, w):
    return t + w


@st.fn((Vec, f32), Vec)
def normalise(v, t):
    return v / t


def attend(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[-1])
    w = np.exp(s)
    return (w / w.sum(axis=-1, keepdims=True)) @ v


@st.operator(
    inputs={"q": st.stream(Vec, [H]), "k": st.stream(Vec, [S]), "v": st.stream(Vec, [S])},
    outputs=st.stream(Vec, [H]),
    reference=attend,
)
def multi_query_attention(q, k, v): ...
