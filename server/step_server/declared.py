"""What a module declares that is of the language: dimensions, functions and operators, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.source import Module


@dataclass(frozen=True, slots=True)
class Declaration:
    """A name with its place, in the file's lines."""

    name: str
    kind: lsp.SymbolKind
    span: Span


def declared_in(module: Module) -> Iterator[Declaration]:
    """The declarations of a module that imports step; none of any other."""
    if not module.imports_step:
        return
    operators = {one.name for one in module.operators}
    for one in module.definitions.values():
        kind = kind_of(one.value)
        if kind is not None and not one.imported and one.name not in operators:
            yield Declaration(one.name, kind, one.span)
    for operator in module.operators:
        yield Declaration(operator.name, lsp.SymbolKind.Class, operator.name_span.shift(operator.line))


def kind_of(value: object) -> lsp.SymbolKind | None:
    """What a function or a dimension is to an editor; None for what is no part of the language."""
    match value:
        case Function():
            return lsp.SymbolKind.Function
        case Dim():
            return lsp.SymbolKind.Constant
        case _:
            return None
