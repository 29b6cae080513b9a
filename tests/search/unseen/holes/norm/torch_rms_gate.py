"""RMS normalisation with a SiLU gate, as a PyTorch module states it.

Task: unseen/torch_rms_gate.
"""

import step
import torch
from step import Buffer, f32

step.use("torch")
D, N = step.dims(D=8, N=5)
Row = Buffer(f32, [D])


@step.fn(Row, f32)
def mean_square(x):
    return (x * x).mean()


@step.fn((f32, f32), f32)
def scale(x, ms):
    return x * torch.rsqrt(ms + 1e-6)


@step.fn(f32, f32)
def silu(g):
    return g * torch.sigmoid(g)


@step.fn((f32, f32), f32)
def multiply(a, b):
    return a * b


def reference(x, gate):
    normal = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
    return normal * torch.nn.functional.silu(gate)


@step.operator(
    inputs={"x": step.stream(f32, [D, N]), "gate": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def torch_rms_gate(x, gate): ...
