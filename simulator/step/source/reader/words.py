"""Values of a body in words, and the words for what cannot be in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.primitives import Primitive
from step.program import Value
from step.source.body import Kind, Stream
from step.types import Unknown


@dataclass(frozen=True)
class Spelled:
    """A primitive with its parameters, before it is applied; ``span`` is its name, ``constructor`` all of it."""

    primitive: Primitive
    span: Span
    constructor: Span
    parameters: Mapping[str, Span]


ITERATORS = frozenset({"zip", "enumerate", "reversed", "range", "list", "tuple"})
KINDS = {
    "function": "a function declared with @step.fn",
    "integer": "a whole number",
    "dim": "a dimension, a whole number or a product",
    "indices": "a list of whole numbers",
}
STATEMENTS = {
    "For": "a loop",
    "While": "a loop",
    "If": "`if`",
    "FunctionDef": "a function",
    "AsyncFunctionDef": "a function",
    "ClassDef": "a class",
    "Import": "an import",
    "ImportFrom": "an import",
    "With": "`with`",
    "Try": "`try`",
    "TryStar": "`try`",
    "AugAssign": "`+=` and its kin",
    "Global": "`global`",
    "Nonlocal": "`nonlocal`",
    "Delete": "`del`",
    "Raise": "`raise`",
    "Assert": "`assert`",
    "Match": "`match`",
    "AnnAssign": "a declaration without a value",
}
EXPRESSIONS = {
    "Lambda": "`lambda`: a function is declared with @step.fn in the module; it",
    "NamedExpr": "`:=`",
    "JoinedStr": "a format string",
    "Dict": "a dictionary",
    "Set": "a set",
    "DictComp": "a dictionary",
    "SetComp": "a set",
    "IfExp": "`if`",
    "BoolOp": "`and` and `or`",
    "Compare": "a comparison",
    "Await": "`await`",
    "Yield": "`yield`",
    "YieldFrom": "`yield`",
}


def streams_in(values: Iterable[object]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if isinstance(value, Stream):
            found.append(value.value)
        elif isinstance(value, tuple):
            found.extend(streams_in(value))
    return found


def kind_of(value: object) -> Kind:
    match value:
        case Stream():
            return "stream"
        case tuple():
            return "list"
        case Function():
            return "function"
        case Dim():
            return "dim"
        case type() if issubclass(value, Primitive):
            return "primitive"
        case _:
            return "other"


def describe(value: object) -> str:
    match value:
        case Stream():
            return "a stream"
        case tuple():
            return f"a list of {len(value)}"
        case Function():
            return f"the function {value.name}"
        case Dim():
            return f"the dimension {value}"
        case Spelled():
            return f"{value.primitive.name} that is not applied: add .apply(…)"
        case type() if issubclass(value, Primitive):
            return f"the primitive {value.__name__}"
        case bool() | int() | float() | str():
            return repr(value)[:40]
        case _:
            return "something else"


def operands_of(primitive: Primitive) -> str:
    names = [f"[{name[1:]}]" if name.startswith("*") else name for name in primitive.takes]
    return "one stream" if len(names) == 1 else f"({', '.join(names)})"


def has_unknown_length(primitive: Primitive) -> bool:
    count = getattr(primitive, "N", None)
    return isinstance(count, Unknown) or (isinstance(count, Dim) and not count.is_number)


def count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def suggestion(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, [one for one in known if not one.startswith("_")], 1, 0.7)
    return f"; did you mean `{close[0]}`?" if close else ""
