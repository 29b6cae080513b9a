"""How things of the language look in a hover, a hint or a completion."""

from __future__ import annotations

import inspect
import re

from step.dims import Dim, show_shape
from step.function import Function
from step.primitives import Primitive
from step.types import StreamType, Unknown, fields_of

_ROLES = re.compile(r"``([^`]*)``")
_REFERENCES = re.compile(r":\w+:`~?([^`]*)`")


def stream_type(kind: StreamType) -> str:
    """A stream's type in STeP's order: ``f32, [D, N]``."""
    return str(kind)


def hint(kind: StreamType) -> str:
    """A stream's type as an inlay hint, as authors write it in comments: ``f32 [D, N]``."""
    return f"{kind.element} {show_shape(kind.shape)}" if kind.shape is not None else f"{kind.element} ?"


def array_shape(kind: StreamType) -> str:
    """The shape of the stream's array as NumPy has it, outermost first; one a field of a tuple."""
    if kind.shape is None or isinstance(kind.element, Unknown):
        return "unknown"
    shapes = []
    try:
        for leaf in kind.element.leaves:
            dims = [str(one) for one in reversed((*leaf.dims, *kind.shape))]
            shapes.append("(" + ", ".join(dims) + ("," if len(dims) == 1 else "") + ")")
    except ValueError:
        return "unknown"
    return " and ".join(shapes)


def signature(function: Function, name: str | None = None) -> str:
    """A function's signature, argument by argument: ``add(total: f32, x: f32) → f32``."""
    state = fields_of(function.result) if function.is_fold else ()
    element = fields_of(function.element)
    parts = [*(f"state{_number(index, state)}: {one}" for index, one in enumerate(state))]
    parts += [f"element{_number(index, element)}: {one}" for index, one in enumerate(element)]
    return f"{name or function.name}({', '.join(parts)}) → {function.result}"


def _number(index: int, fields: tuple[object, ...]) -> str:
    return str(index) if len(fields) > 1 else ""


def docstring(primitive: type[Primitive]) -> str:
    """What a primitive's docstring says, as Markdown."""
    return markdown(inspect.getdoc(primitive) or "")


def markdown(text: str) -> str:
    """A docstring as Markdown: literals become code, paragraphs keep their lines together."""
    text = _REFERENCES.sub(r"`\1`", _ROLES.sub(r"`\1`", text))
    return "\n\n".join(" ".join(part.split()) if not part.lstrip().startswith(("-", ">>>")) else part
                       for part in text.split("\n\n"))  # fmt: skip


def dim_size(dim: Dim) -> str:
    """The size of a dimension as declared; empty where it has none."""
    try:
        return str(dim.numerator if dim.is_number else dim.size)
    except ValueError:
        return ""


def code(text: str) -> str:
    """A block of Python in Markdown."""
    return f"```python\n{text}\n```"


__all__ = [
    "array_shape",
    "code",
    "dim_size",
    "docstring",
    "hint",
    "markdown",
    "signature",
    "stream_type",
]
