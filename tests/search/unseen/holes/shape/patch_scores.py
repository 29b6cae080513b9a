"""How much of every patch of an image is above the patch's threshold; patches come as declared buffers.

Task: unseen/patch_scores.
"""

import numpy as np
import step as st
from step import Buffer, f32

P, Q, N = st.dims(P=4, Q=3, N=6)


@st.fn((f32, f32), f32)
def above(pixel, threshold):
    return np.maximum(pixel - threshold, 0)


@st.fn(f32, f32, init=0)
def sum_up(s, v):
    return s + v


def reference(patches, thresholds):
    return np.clip(patches - thresholds[:, None, None], 0, None).sum(axis=(1, 2))


@st.operator(
    inputs={"patches": st.stream(Buffer(f32, [P, Q]), [N]), "thresholds": st.stream(f32, [N])},
    outputs=st.stream(f32, [N]),
    reference=reference,
)
def patch_scores(patches, thresholds): ...
