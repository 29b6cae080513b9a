"""Running maximum and running mean of every series.

Task: extended/running_statistics.
"""

import numpy as np
import step as st

T, B = st.dims(T=9, B=4)


@st.fn("f32", "f32", init=-np.inf)
def running_max(m, x):
    return np.maximum(m, x)


@st.fn("f32", ("f32", "f32"), init=(0, 0))
def count_and_sum(state, x):
    n, total = state
    return n + 1, total + x


@st.fn(("f32", "f32"), "f32")
def mean(n, total):
    return total / n


def reference(x):
    return np.maximum.accumulate(x, axis=-1), x.cumsum(axis=-1) / np.arange(1, T.size + 1)


@st.operator(
    inputs={"x": st.stream("f32", [T, B])},
    outputs=(st.stream("f32", [T, B]), st.stream("f32", [T, B])),
    reference=reference,
)
def running_statistics(x): ...
