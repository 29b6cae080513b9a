"""Rows scaled to unit length, as embeddings are before a nearest-neighbour search.

Task: unseen/l2_normalise.
"""

import numpy as np
import step as st
from step import Buffer, f32

dim, rows = st.dims(dim=10, rows=7)
Vec = Buffer(f32, [dim])


@st.fn(Vec, f32)
def norm(v):
    return np.maximum(np.linalg.norm(v), 1e-12)


@st.fn((f32, f32), f32)
def quotient(a, b):
    return a / b


def normalise_rows(x):
    return np.stack([row / np.sqrt(np.dot(row, row)) for row in x])


@st.operator(
    inputs={"embeddings": st.stream(f32, [dim, rows])},
    outputs=st.stream(f32, [dim, rows]),
    reference=normalise_rows,
)
def l2_normalise(embeddings): ...
