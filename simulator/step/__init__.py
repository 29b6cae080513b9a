"""STeP: streaming tensor programs.

What users import: types, dims, functions, parameters, streams, operators and the primitives.
"""

from __future__ import annotations

from typing import Any

from step.declare import DeclaredFunction, Operator, dim, dims, fn, operator, parameter, stream, use
from step.dims import Dim
from step.function import Function
from step.primitives import SPELLINGS as _SPELLINGS
from step.types import Buffer, Multihot, Scalar, STuple, Tile, f32

__version__ = "0.1.0"

__all__ = [
    "Buffer",
    "DeclaredFunction",
    "Dim",
    "Function",
    "Multihot",
    "Operator",
    "STuple",
    "Scalar",
    "Tile",
    "dim",
    "dims",
    "f32",
    "fn",
    "operator",
    "parameter",
    "stream",
    "use",
    *sorted(_SPELLINGS),
]


def __getattr__(name: str) -> Any:
    """The primitives, by every name they may be written with."""
    try:
        return _SPELLINGS[name]
    except KeyError:
        raise AttributeError(f"module 'step' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*__all__, *_SPELLINGS})
