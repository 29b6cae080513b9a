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
from step.source.beside import Beside, Stamps
from step.source.neighbours import folder_of
from step.source.operators import OperatorSource
from step.source.passes import Definition, Pass
from step.source.pieces import Pieces
from step.source.splice import spliced
from step.source.split import Block, split_lines
from step.source.syntax import Parsed
from step.source.unseen import hidden_by_their_name

__all__ = ["Definition", "Module", "ModuleReader", "OperatorSource", "read"]


@dataclass(frozen=True)
class Module:
    """What a text declares. ``problems`` are in the file's lines; an operator's own are with the operator. ``beside``
    are the files beside it that were looked for, and how they were."""

    path: str
    text: str
    operators: tuple[OperatorSource, ...]
    definitions: Mapping[str, Definition]
    problems: tuple[Diagnostic, ...]
    imports_step: bool
    blocks: tuple[Block, ...]
    dims: Mapping[str, DimSpec] = field(default_factory=dict)
    beside: Stamps = ()
    parsed: tuple[Parsed, ...] = field(default=(), repr=False, compare=False)
    """The statements of each block: for whoever looks at them too, who must not change them."""

    @property
    def functions(self) -> Iterator[Function]:
        """The functions that are declared in the module, in order."""
        return (one.value for one in self.definitions.values() if isinstance(one.value, Function))

    def operator(self, name: str) -> OperatorSource | None:
        """The operator of a name; the last one, as Python has it."""
        return next((one for one in reversed(self.operators) if one.name == name), None)


class ModuleReader:
    """Reads the versions of one document, remembering what an edit did not touch."""

    def __init__(self, beside: Beside | None = None) -> None:
        self._pieces = Pieces()
        self._beside = beside
        self._last = Pass(None, beside or Beside(""))

    @property
    def scope(self) -> Mapping[str, object]:
        """What the names of the module that was read last stand for in the end."""
        return self._last.scope

    @property
    def array(self) -> str:
        """What functions are written in after the module that was read last."""
        return self._last.trail[-1][1].array_after if self._last.trail else "numpy"

    def read(self, text: str, path: str = "") -> Module:
        """The module that a text declares. Never raises, whatever the text holds."""
        beside = self._beside or Beside(folder_of(path))
        pieces = self._pieces.split(split_lines(text.removeprefix("\ufeff")))
        with choosing(Choice()) as choice:
            pass_ = spliced(self._last, pieces, choice) if beside == self._last.beside else None
        if pass_ is None:
            with choosing(Choice()) as choice:
                pass_ = Pass(self._last, beside)
                for block, parsed in pieces:
                    pass_.read(block, parsed, choice)
                pass_.declared = choice.declared
        with choosing(choice):
            operators = tuple(pass_.read_operators())
        surely = [one for one, (_, place, *_) in zip(operators, pass_.waiting, strict=True) if "\0" not in place[0]]
        pass_.pieces = pieces
        self._last = pass_
        return Module(
            path,
            text,
            operators,
            pass_.definitions,
            (*pass_.problems, *hidden_by_their_name(surely)),
            pass_.imports_step,
            tuple(block for block, _ in pieces),
            pass_.declared,
            tuple(pass_.looked_for()),
            tuple(parsed for _, parsed in pieces),
        )


def read(text: str, path: str = "") -> Module:
    """The module that a text declares."""
    return ModuleReader().read(text, path)
