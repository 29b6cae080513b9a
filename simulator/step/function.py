"""The declared signature of a function: what the hardware can do to one element (1-language, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from step.types import UNKNOWN, ElementType, same_element


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name and types. ``init`` (one number a field of the state) marks a fold.

    A map goes ``element → result``; a fold goes ``(state, element) → state``, where the state's type is ``result``.
    """

    name: str
    element: ElementType
    result: ElementType
    init: tuple[float, ...] | None = None
    array: str = "numpy"

    @property
    def is_fold(self) -> bool:
        """Whether the function folds: has an init state, and takes the state before the element."""
        return self.init is not None

    def accepts(self, element: ElementType) -> bool:
        """Whether one element of this type can be given to it."""
        return same_element(self.element, element)

    def __str__(self) -> str:
        if self.init is None:
            return f"{self.element} → {self.result}"
        init = ", ".join(f"{value:g}" for value in self.init)
        return f"({self.result}; init {init}) × {self.element} → {self.result}"


def unknown_function(name: str) -> Function:
    """A function of which only the name is known: it accepts everything and gives something unknown."""
    return Function(name, UNKNOWN, UNKNOWN)
