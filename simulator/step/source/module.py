"""A module as its text says: dimensions, functions, operators; nothing is imported and nothing is run.

Everything that belongs to one top-level statement is kept relative to its first line and remembered by its text and
by what it refers to, so that an edit makes only the touched statement, and what uses it, new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from step.choice import Choice, DimSpec, choosing
from step.diagnostic import Diagnostic
from step.function import Function
from step.source.operators import OperatorSource
from step.source.passes import Definition, Pass
from step.source.pieces import Pieces
from step.source.split import Block, split_lines

__all__ = ["Definition", "Module", "ModuleReader", "OperatorSource", "read"]


@dataclass(frozen=True)
class Module:
    """What a text declares. ``problems`` are in the file's lines; an operator's own are with the operator."""

    path: str
    text: str
    operators: tuple[OperatorSource, ...]
    definitions: Mapping[str, Definition]
    problems: tuple[Diagnostic, ...]
    imports_step: bool
    blocks: tuple[Block, ...]
    dims: Mapping[str, DimSpec] = field(default_factory=dict)

    @property
    def functions(self) -> Iterator[Function]:
        """The functions that are declared in the module, in order."""
        return (one.value for one in self.definitions.values() if isinstance(one.value, Function))

    def operator(self, name: str) -> OperatorSource | None:
        """The operator of a name; the last one, as Python has it."""
        return next((one for one in reversed(self.operators) if one.name == name), None)


class ModuleReader:
    """Reads the versions of one document, remembering what an edit did not touch."""

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._last = Pass(None)

    def read(self, text: str, path: str = "") -> Module:
        """The module that a text declares. Never raises, whatever the text holds."""
        pieces = self._pieces.split(split_lines(text.removeprefix("\ufeff")))
        with choosing(Choice()) as choice:
            pass_ = self._last.spliced(pieces, choice)
        if pass_ is None:
            with choosing(Choice()) as choice:
                pass_ = Pass(self._last)
                for block, parsed in pieces:
                    pass_.read(block, parsed, choice)
                pass_.declared = choice.declared
        with choosing(choice):
            operators = tuple(pass_.read_operators())
        pass_.pieces = pieces
        self._last = pass_
        return Module(
            path,
            text,
            operators,
            pass_.definitions,
            tuple(pass_.problems),
            pass_.imports_step,
            tuple(block for block, _ in pieces),
            pass_.declared,
        )


def read(text: str, path: str = "") -> Module:
    """The module that a text declares."""
    return ModuleReader().read(text, path)
