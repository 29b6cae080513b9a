"""Values of a body in words, and the words for what cannot be in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from step.declare import Operator
from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.primitives import SPELLINGS, Primitive
from step.program import Specification, StreamSpec, Value
from step.source.body import Kind, Stream
from step.source.evaluate import STEP, Declared, Foreign, Namespace
from step.source.synonyms import advice, plain, primitive_meant
from step.types import ELEMENT_TYPES, Unknown


@dataclass(frozen=True)
class Spelled:
    """A primitive with its parameters, before it is applied; ``span`` is its name, ``constructor`` all of it."""

    primitive: Primitive
    span: Span
    constructor: Span
    parameters: Mapping[str, Span]


ITERATORS = frozenset({"zip", "enumerate", "reversed", "range", "list", "tuple"})
MAX_EXPERTS = 1024
MAX_INDICES = 64
MAX_NAME = 60
"""Characters of a name for which a close one is looked for."""
OPEN = "*"
"""A name of the scope that says that there may be names besides: a star import."""
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
        case Dim() if value.is_dynamic:
            return "a dimension that is known only when data flows"
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


def foreign(value: object) -> str | None:
    """What a value is that no body may name; None for one that a body may."""
    match value:
        case Foreign():
            return value.reason or "none of these"
        case Stream() | Unknown() | Function() | Dim() | Spelled() | tuple() | slice():
            return None
        case bool() | float() | str() | None:
            return f"the value {str(value)[:40]}"
        case int():
            return None
        case type() if issubclass(value, Primitive):
            return None
        case Namespace():
            return f"the module {value.name}"
        case Declared():
            return "a declaration"
        case Specification() | Operator():
            return "an operator"
        case StreamSpec():
            return "the specification of a stream"
        case _ if isinstance(value, ELEMENT_TYPES) or value in ELEMENT_TYPES:
            return "a type"
        case _:
            return f"a {type(value).__name__}"


def suggestion(name: str, scope: Mapping[str, object]) -> str:
    """What may be meant by a name that is not defined, as the end of a message."""
    module = next((known for known, value in scope.items() if value is STEP), None)
    if name in SPELLINGS and module is not None:
        return f": write `{module}.{name}`"
    if name == "step":
        return ": add `import step`"
    if len(name) > MAX_NAME:
        return ""
    close = close_names(name, scope, 1)
    if close:
        return f"; did you mean `{close[0]}`?"
    primitive = primitive_meant(name) if name[:1].isupper() else None
    return f"; did you mean `{module}.{primitive}`?" if primitive and module is not None else ""


def member_suggestion(name: str, members: Mapping[str, object]) -> str:
    """What may be meant by a name that ``step`` does not have, as the end of a message."""
    if len(name) > MAX_NAME:
        return ""
    same = next((one for one in members if plain(one) == plain(name)), None)
    if same is not None:
        return f"; did you mean `{same}`?"
    told = advice(name)
    if told:
        return told
    close = close_names(name, members, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def close_names(name: str, known: Iterable[str], count: int) -> list[str]:
    """The names that are written like this one, the likest first."""
    return get_close_matches(name, [one for one in known if not one.startswith("_")], count, 0.6)
