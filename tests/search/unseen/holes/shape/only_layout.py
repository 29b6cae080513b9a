"""No arithmetic: the images' pixels as one stream of rows.

Task: unseen/only_layout.
"""

import numpy as np
import step
from step import Buffer, f32

D, W, H = step.dims(D=4, W=3, H=5)


@step.fn(f32, f32)
def negate(x):
    return -x


def reference(x):
    return np.reshape(x, (H.size * W.size, D.size)), x


@step.operator(
    inputs={"x": step.stream(f32, [D, W, H])},
    outputs=(step.stream(Buffer(f32, [D]), [W * H]), step.stream(f32, [D, W, H])),
    reference=reference,
)
def only_layout(x): ...
