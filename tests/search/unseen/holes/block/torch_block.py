"""Pre-norm MLP block with residual in PyTorch.

Task: unseen/torch_block.
"""

import step
import torch
from step import Buffer, f32

step.use("torch")
D, H, T = step.dims(D=6, H=9, T=4)
Row, Wide = Buffer(f32, [D]), Buffer(f32, [H])
w1 = torch.as_tensor(step.parameter([H, D]))
w2 = torch.as_tensor(step.parameter([D, H]))


@step.fn(f32, f32, init=0)
def add(s, x):
    return s + x


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn((f32, f32), f32)
def normalise(x, s):
    return x * torch.rsqrt(s / D.size + 1e-6)


@step.fn((f32, f32), f32)
def times(x, g):
    return x * g


@step.fn(Row, Wide)
def up(x):
    return x @ w1


@step.fn(Wide, Wide)
def gelu(x):
    return torch.nn.functional.gelu(x)


@step.fn(Wide, Row)
def down(x):
    return x @ w2


@step.fn((f32, f32), f32)
def plus(x, y):
    return x + y


def reference(x, gain):
    h = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * gain
    return x + torch.nn.functional.gelu(h @ w1) @ w2


@step.operator(
    inputs={"x": step.stream(f32, [D, T]), "gain": step.stream(f32, [D])},
    outputs=step.stream(f32, [D, T]),
    reference=reference,
)
def torch_block(x, gain): ...
