"""Numbers and lists of texts, within bounds."""

from __future__ import annotations

import ast
from typing import Any

from step.dims import Dim
from step.types import Unknown

MAX_ITEMS = 4096
"""A list that is longer (its inner lists' items counted) is unknown: a body is a program, not a computation."""
MAX_NUMBER = 2**63 - 1


def is_size(value: object) -> bool:
    """Whether a value may be a dimension's size."""
    return isinstance(value, (Dim, int)) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def arithmetic(operation: ast.operator, left: Any, right: Any) -> object | None:
    """The value of an operation on numbers; None where it is none of the language's.

    Raises:
        ZeroDivisionError, OverflowError: the operation has no result.
    """
    match operation:
        case ast.Add():
            return left + right  # type: ignore[no-any-return]
        case ast.Sub():
            return left - right  # type: ignore[no-any-return]
        case ast.Mult():
            return left * right  # type: ignore[no-any-return]
        case ast.Div():
            return left / right  # type: ignore[no-any-return]
        case ast.FloorDiv():
            return left // right  # type: ignore[no-any-return]
        case ast.Mod():
            return left % right  # type: ignore[no-any-return]
        case ast.Pow() if isinstance(left, int) and isinstance(right, int) and abs(left) < 1024 and 0 <= right <= 64:
            return left**right  # type: ignore[no-any-return]
        case ast.Pow() if isinstance(left, float) or isinstance(right, float):
            return Unknown("a power")
        case _:
            return None


def weight(value: object, most: int = MAX_ITEMS) -> int:
    """How many items a list holds, those of inner lists counted; more than ``most`` are not counted on."""
    if not isinstance(value, tuple):
        return 1
    total = len(value)
    for one in value:
        if isinstance(one, tuple):
            total += weight(one, most - total)
        if total > most:
            break
    return total
