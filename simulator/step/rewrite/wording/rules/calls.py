"""A primitive or a function called as if it were a Python function, and a dimension that is asked for its size."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.primitives import Primitive
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text

RULE, ORDER = "call", 18


def propose(text: Text) -> Iterator[Rewording]:
    """``Map(fn=f)(x)`` and ``f(x)`` as ``Map(fn=f).apply(x)``; ``n=D.size`` as ``n=D``."""
    for call in text.calls():
        if call.args and not call.keywords and not any(isinstance(one, ast.Starred) for one in call.args):
            yield from _called(text, call)
        if text.primitive(call.func) is not None:
            yield from _sizes(text, call)


def _called(text: Text, call: ast.Call) -> Iterator[Rewording]:
    end = text.span(call.func)
    match call.func:
        case ast.Call(func=constructor) if (primitive := text.primitive(constructor)) is not None:
            at = Span(end.end_line, end.end_column, end.end_line, end.end_column)
            yield Rewording(
                f"Apply {primitive.__name__} with `.apply`",
                "A primitive is made with its parameters, and applied to streams by `.apply`.",
                (TextEdit(at, ".apply"), *_as_tuple(text, call)),
            )
        case ast.Name(id=name) if isinstance(function := text.scope.get(name), Function):
            for primitive_name, parameters in _applying(function):
                spelled = _spelled(text, primitive_name)
                if spelled is not None:
                    made = f"{spelled}(fn={name}{parameters})"
                    yield Rewording(
                        f"Apply `{name}` by {primitive_name}",
                        "A function is not called with a stream: a primitive applies it to the stream's elements.",
                        (TextEdit(end, f"{made}.apply"), *_as_tuple(text, call)),
                    )


def _applying(function: Function) -> tuple[tuple[str, str], ...]:
    """The primitives that apply a function, with their other parameters, the likeliest first."""
    if not function.is_fold:
        return (("Map", ""),)
    return (("Accum", ", b=1"), ("Scan", ", b=1"), ("Accum", ", b=2"))


def _spelled(text: Text, name: str) -> str | None:
    """How the module writes a primitive; None where it imports neither it nor ``step``."""
    if text.module is not None:
        return f"{text.module}.{name}"
    return next((key for key, value in text.scope.items() if _is_primitive(value, name)), None)


def _is_primitive(value: object, name: str) -> bool:
    return isinstance(value, type) and issubclass(value, Primitive) and value.__name__ == name


def _as_tuple(text: Text, call: ast.Call) -> tuple[TextEdit, ...]:
    """Brackets around several streams: ``apply`` takes one argument."""
    if len(call.args) < 2:
        return ()
    first, last = text.span(call.args[0]), text.span(call.args[-1])
    return (
        TextEdit(Span(first.line, first.column, first.line, first.column), "("),
        TextEdit(Span(last.end_line, last.end_column, last.end_line, last.end_column), ")"),
    )


def _sizes(text: Text, call: ast.Call) -> Iterator[Rewording]:
    for given in (*call.args, *(one.value for one in call.keywords)):
        match given:
            case ast.Attribute(value=ast.Name(id=name), attr=member) if isinstance(text.scope.get(name), Dim):
                yield Rewording(
                    f"Change `{name}.{member}` to `{name}`",
                    "A dimension stands for its size: it is given as it is.",
                    (TextEdit(text.span(given), name),),
                )
