"""Global average pooling: one vector of channels for the whole image.

Task: unseen/global_average.
"""

import numpy as np
import step
from step import Buffer, f32

C, W, H = step.dims(C=5, W=4, H=3)
Pixel = Buffer(f32, [C])


@step.fn(Pixel, Pixel, init=0)
def add_pixels(total, pixel):
    return total + pixel


@step.fn(Pixel, Pixel)
def over_area(total):
    return total / (W.size * H.size)


def reference(image):
    return image.mean(axis=(0, 1))[np.newaxis]


@step.operator(
    inputs={"image": step.stream(f32, [C, W, H])},
    outputs=step.stream(Pixel, [1]),
    reference=reference,
)
def global_average(image): ...
