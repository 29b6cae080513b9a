"""When two values of the static check are the same."""

from __future__ import annotations

from step.dims import Dim
from step.function import Function
from step.program import Specification, StreamSpec
from step.types import ELEMENT_TYPES


def is_same(left: object, right: object) -> bool:
    """Whether two values are the same to everything that reads and shows them."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, (Function, Dim, StreamSpec, Specification, int, float, str, *ELEMENT_TYPES)):
        return left == right and repr(left) == repr(right)
    return False
