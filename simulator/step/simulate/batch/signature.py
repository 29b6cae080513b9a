"""What one call of a user's function looks like, in NumPy terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
ArrayLibrary: TypeAlias = Literal["numpy", "torch"]


def _float64() -> np.dtype[Any]:
    return np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array of one element: its NumPy shape (outermost first; `()` is a scalar) and its dtype."""

    shape: Shape = ()
    dtype: np.dtype[Any] = field(default_factory=_float64)


Element: TypeAlias = "Leaf | tuple[Element, ...]"
"""An argument or a result: one array, or a tuple of such (a tuple type, or a Buffer of a tuple)."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments and the result of one call, after all dimensions were resolved to numbers.

    Attributes:
        arguments: one entry for each positional argument. A tuple entry reaches the function as a Python tuple
            of arrays (the state of a fold with several fields, a Buffer of a tuple).
        results: a `Leaf` if the function returns one array, a tuple of entries if it must return a tuple (or a
            list) of that many fields. `(Leaf(...),)` therefore means a tuple of one field.
        array: the library whose arrays the function works on.
    """

    arguments: tuple[Element, ...]
    results: Element
    array: ArrayLibrary = "numpy"

    @property
    def result_leaves(self) -> tuple[Leaf, ...]:
        """The result's arrays, in order, whatever their nesting."""
        if isinstance(self.results, tuple) and all(isinstance(result, Leaf) for result in self.results):
            return self.results  # type: ignore[return-value]
        return tuple(leaves(self.results))


def leaves(element: Element) -> Iterator[Leaf]:
    """The arrays of an element, in order, depth first."""
    if isinstance(element, Leaf):
        yield element
        return
    for part in element:
        yield from leaves(part)
