"""What goes wrong in a user's function, and the private signals that stop a batched attempt."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Kind: TypeAlias = Literal["raised", "mutated", "exited", "result", "library"]


class FunctionError(Exception):
    """A user's function failed, or its result does not have its declared shape or number of fields.

    Attributes:
        function: the function's name, as the caller gave it.
        kind: "raised" (the function raised), "mutated" (it wrote to its argument), "exited" (it called
            `sys.exit`), "result" (the result is not the declared one), "library" (PyTorch is not installed).
        detail: what happened, without the position and the function's name.
        file, line: where, in the user's source; None if the function has no Python source.
        index: the position in the batch (outermost first) of the element the function was called on.
        field: for "result", the index of the offending result array, if it is one array that is wrong.
        expected, actual: for "result", NumPy shapes (or numbers of fields); None where it makes no sense.

    The original exception, if there is one, is `__cause__`.
    """

    def __init__(
        self,
        function: str,
        kind: Kind,
        detail: str,
        *,
        file: str | None = None,
        line: int | None = None,
        index: tuple[int, ...] = (),
        field: int | None = None,
        expected: tuple[int, ...] | int | None = None,
        actual: tuple[int, ...] | int | None = None,
    ) -> None:
        self.function = function
        self.kind: Kind = kind
        self.detail = detail
        self.file = file
        self.line = line
        self.index = index
        self.field = field
        self.expected = expected
        self.actual = actual
        place = f" ({file}:{line})" if file is not None and line is not None else ""
        super().__init__(f"{function}: {detail}{place}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Crosses to another process whole (but without its cause)."""
        names = ("file", "line", "index", "field", "expected", "actual")
        return _rebuilt, (self.function, self.kind, self.detail, {name: getattr(self, name) for name in names})


def _rebuilt(function: str, kind: Kind, detail: str, attributes: dict[str, Any]) -> FunctionError:
    return FunctionError(function, kind, detail, **attributes)


class NotBatchable(BaseException):
    """The function did something that has no batching rule: take the loop.

    Not an `Exception`, so that a user's `except Exception` cannot swallow it.
    """


class NeedsFullBatch(NotBatchable):
    """The function writes batch-varying values to an array held once for several batch positions."""


class Split(BaseException):
    """A truth test (or an integer) differs within the batch: run each group on its own.

    `labels` has the batch's axes (some possibly of size 1); equal labels answer the test alike.
    """

    def __init__(self, labels: NDArray[Any], by_value: bool) -> None:
        self.labels = np.array(labels)
        self.by_value = by_value
        super().__init__("a scalar decision differs within the batch")
