"""The heads' outputs joined to one row a token, with a gate a head.

Task: unseen/flat_heads.
"""

import numpy as np
import step
from step import f32

D, H, T = step.dims(D=4, H=3, T=5)


@step.fn(f32, f32)
def sigmoid(g):
    return 1 / (1 + np.exp(-g))


@step.fn((f32, f32), f32)
def scale(x, g):
    return x * g


def reference(heads, gates):
    return (heads / (1 + np.exp(-gates))[..., None]).reshape(T.size, H.size * D.size)


@step.operator(
    inputs={"heads": step.stream(f32, [D, H, T]), "gates": step.stream(f32, [H, T])},
    outputs=step.stream(f32, [D * H, T]),
    reference=reference,
)
def flat_heads(heads, gates): ...
