"""Parts of a batch that are small enough to be computed at once."""

from __future__ import annotations

import math
from collections.abc import Iterator


def parts_of(batch: tuple[int, ...], group_bytes: int, most: int) -> Iterator[tuple[slice, ...]]:
    """Parts of a batch, along its outer axes, that take at most so many bytes; one group at least.

    Args:
        batch: the sizes of the batch's axes, outermost first.
        group_bytes: the memory of one group.
        most: the memory of a part.

    Yields:
        A slice for each of the first axes; the others are whole.
    """
    if not batch or math.prod(batch) * group_bytes <= most:
        yield ()
        return
    first, *rest = batch
    each = math.prod(rest) * group_bytes
    if each > most:
        for at in range(first):
            for inner in parts_of(tuple(rest), group_bytes, most):
                yield (slice(at, at + 1), *inner)
        return
    step = max(most // max(each, 1), 1)
    for at in range(0, first, step):
        yield (slice(at, at + step),)
