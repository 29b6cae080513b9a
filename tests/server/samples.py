"""Modules for the tests."""

from __future__ import annotations

HEAD = '''"""Root-mean-square normalisation."""
import numpy as np
import step
from step import f32

D, N = step.dims(D=16, N=7)


@step.fn(f32, f32)
def square(x):
    """The square of a number."""
    return x * x


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn((f32, f32), f32)
def div(x, y):
    return x / y


@step.fn(f32, f32)
def mean_eps_sqrt(total):
    return np.sqrt(total / D.size + 1e-5)


def reference(x):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)

'''

DECLARED = """
@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
"""

BODY = """    x0, x1 = step.Copy().apply(x)
    squares = step.Map(fn=square).apply(x0)
    total = step.Accum(fn=add, b=1).apply(squares)
    scale = step.Map(fn=mean_eps_sqrt).apply(total)
    scales = step.Repeat(n=D).apply(scale)
    pairs = step.Zip().apply((x1, scales))
    return step.Map(fn=div).apply(pairs)
"""

SOLVED = f"{HEAD}{DECLARED}def rms_norm(x):\n{BODY}"
HOLE = f"{HEAD}{DECLARED}def rms_norm(x):\n    ...\n"
TWICE = SOLVED.replace("    x0, x1 = step.Copy().apply(x)\n", "").replace("(x0)", "(x)").replace("(x1,", "(x,")
"""A body that uses a stream twice: an error of the static check."""
WRONG = SOLVED.replace("(x1, scales)", "(scales, x1)")
"""A body that checks statically and computes something else."""
ENDLESS = SOLVED.replace("    return x * x\n", "    while True:\n        pass\n")
"""A function that loops for ever."""
DIES = SOLVED.replace("    return x * x\n", "    import os\n    os._exit(3)\n")
"""A function that ends its process."""


def many(count: int) -> str:
    """A module with many operators."""
    parts = [HEAD]
    for number in range(count):
        parts.append(f"{DECLARED}def rms_norm_{number}(x):\n{BODY}\n")
    return "".join(parts)
