"""What the static check knows by name: the members of ``step``, and the numbers of ``numpy`` and ``math``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from step import declare
from step.dims import Dim
from step.primitives import SPELLINGS
from step.types import UNKNOWN_DIM, Buffer, Multihot, Scalar, STuple, Tile, Unknown, f32


class Foreign(Unknown):
    """What is known well enough to say that no body may name it. ``reason`` says what it is: "a Python function"."""

    __slots__ = ()


class Namespace:
    """A module whose attributes the static check knows: ``step``, or the numbers of ``numpy`` and ``math``."""

    def __init__(self, name: str, members: Mapping[str, object]) -> None:
        self.name, self.members = name, members

    def __repr__(self) -> str:
        return f"<module {self.name}>"


class Declared:
    """A function of ``step`` that declares something, as ``step.stream``; called with known and unknown values."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name, self.call = name, call

    def __repr__(self) -> str:
        return f"step.{self.name}"

    def misused(self, error: Exception) -> Exception:
        """An error of a call as people wrote it: with the public name, and with how the declaration is written."""
        found = _ARGUMENTS.match(str(error)) if type(error) is TypeError else None
        if found is None:
            return error
        example = _EXAMPLES.get(self.name)
        more = f": write {example}" if example is not None else ""
        return TypeError(f"step.{self.name} {found[1]}{more}")


_ARGUMENTS = re.compile(r"[\w.<>]+\(\) ((?:takes|missing|got) .*)", re.DOTALL)
"""What Python says of a call whose arguments do not fit, with the name of what was called."""
_EXAMPLES = {
    "dims": "D, N = step.dims(D=8, N=5)",
    "dim": 'step.dim("D", 8)',
    "stream": "step.stream(f32, [D, N])",
    "Buffer": "step.Buffer(f32, [D])",
    "Tile": "step.Tile(f32, [D, N])",
    "Multihot": "step.Multihot(f32, E)",
    "Scalar": 'step.Scalar("f32")',
}


def _shape(dims: Any) -> tuple[Any, ...]:
    if isinstance(dims, Unknown):
        raise UnknownArgument
    if not isinstance(dims, tuple):
        return dims  # type: ignore[no-any-return]
    return tuple(UNKNOWN_DIM if isinstance(one, Unknown) else one for one in dims)


class UnknownArgument(Exception):
    """A declaration cannot be known, because what it is given is not."""


def _stream(type: Any, dims: Any, data: Any = "normal", scale: Any = 1.0, *, ones: Any = None) -> Any:
    return declare.stream(
        type,
        _shape(dims),
        "normal" if isinstance(data, Unknown) else data,
        1.0 if isinstance(scale, Unknown) else scale,
        ones=None if isinstance(ones, Unknown) else ones,
    )


def _dim(name: Any, size: Any, *, fixed: Any = False, multiple_of: Any = 1, at_least: Any = 0) -> Any:
    if isinstance(name, Unknown) or (isinstance(size, Unknown) and fixed is not False):
        raise UnknownArgument
    if any(isinstance(one, Unknown) for one in (size, multiple_of, at_least)):
        return Dim.symbol(name)
    return declare.dim(name, size, fixed=fixed, multiple_of=multiple_of, at_least=at_least)


def _dims(**sizes: Any) -> Any:
    if not any(isinstance(size, Unknown) for size in sizes.values()):
        return declare.dims(**sizes)
    made = tuple(_dim(name, size) for name, size in sizes.items())
    return made if len(made) > 1 else made[0]


STEP = Namespace(
    "step",
    {
        "f32": f32,
        "Scalar": Scalar,
        "Buffer": Declared("Buffer", lambda element, dims: Buffer(element, _shape(dims))),
        "Multihot": Declared(
            "Multihot", lambda dtype, length: Multihot(dtype, UNKNOWN_DIM if isinstance(length, Unknown) else length)
        ),
        "Tile": Declared("Tile", lambda dtype, dims: Tile(dtype, _shape(dims))),
        "STuple": STuple,
        "dims": Declared("dims", _dims),
        "dim": Declared("dim", _dim),
        "stream": Declared("stream", _stream),
        "fn": Declared("fn", declare.fn),
        "operator": Declared("operator", declare.operator),
        "parameter": Declared("parameter", declare.parameter),
        "use": Declared("use", declare.use),
        **SPELLINGS,
    },
)
_NUMBERS = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}
NUMBERS = {"numpy": Namespace("numpy", _NUMBERS), "math": Namespace("math", _NUMBERS)}
DECLARING = frozenset({"Buffer", "Multihot", "Tile", "dims", "dim", "stream"})
