"""A strided 1-d convolution whose windows do not overlap: kernels of three taps per output channel, bias, ReLU.

Task: unseen/depthwise_conv_blocks.
"""

import numpy as np
import step
from step import Buffer, f32

Len = step.dim("Len", 12, multiple_of=3)
Out, N = step.dims(Out=4, N=2)
Taps = Buffer(f32, [3])


@step.fn((Taps, Taps), f32)
def correlate(window, kernel):
    return window @ kernel


@step.fn((f32, f32), f32)
def relu_with_bias(s, b):
    return max(s + b, 0) if isinstance(s, float) else np.maximum(s + b, 0)


def reference(signal, kernels, bias):
    n, length = signal.shape
    out = np.zeros((n, length // 3, kernels.shape[0]))
    for i in range(n):
        for t in range(0, length, 3):
            for c in range(kernels.shape[0]):
                out[i, t // 3, c] = max(0.0, float(signal[i, t : t + 3] @ kernels[c]) + bias[c])
    return out


@step.operator(
    inputs={
        "signal": step.stream(f32, [Len, N]),
        "kernels": step.stream(Taps, [Out]),
        "bias": step.stream(f32, [Out]),
    },
    outputs=step.stream(f32, [Out, Len / 3, N]),
    reference=reference,
)
def depthwise_conv_blocks(signal, kernels, bias): ...
