"""Bilinear forms x·A·y, each item of the batch with a matrix of its own.

Task: unseen/bilinear_form.
"""

import numpy as np
import step as st
from step import f32

K, J, B = st.dims(K=6, J=4, B=3)


@st.fn((f32, f32), f32)
def mul(a, b):
    return a * b


@st.fn(f32, f32, init=0)
def acc(s, a):
    return s + a


@st.operator(
    inputs={"x": st.stream(f32, [K, B]), "a": st.stream(f32, [J, K, B]), "y": st.stream(f32, [J, B])},
    outputs=st.stream(f32, [B]),
    reference=lambda x, a, y: np.einsum("bi,bij,bj->b", x, a, y),
)
def bilinear_form(x, a, y): ...
