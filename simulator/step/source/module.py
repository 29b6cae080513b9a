"""A module as its text says: dimensions, functions, operators; nothing is imported and nothing is run.

Everything that belongs to one top-level statement is kept relative to its first line and remembered by its text and
by what it refers to, so that an edit makes only the touched statement, and what uses it, new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from step.choice import Choice, DimSpec, choosing
from step.diagnostic import Diagnostic, Span
from step.dims import Dim
from step.function import Function
from step.program import Specification, StreamSpec
from step.source.evaluate import TooMuchError
from step.source.operators import Declaration, OperatorSource, read_operator
from step.source.split import Block, split_lines
from step.source.syntax import Parsed, parse_lines
from step.source.toplevel import Bound, TopLevelReader
from step.types import ELEMENT_TYPES

__all__ = ["Definition", "Module", "ModuleReader", "OperatorSource", "read"]


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a module-level name is bound, and what it is. ``span`` is in the file's lines."""

    name: str
    span: Span
    value: object
    docstring: str | None = None
    block: int = 0


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


_MISSING = object()
Scope = Mapping[str, object]
Place = tuple[str, int]
"""A block's text or a name, and which of its occurrences is meant."""
Used = tuple[tuple[str, object], ...]
"""Names with what they stood for; compared by identity."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a block was read as, and what that depended on."""

    used: Used
    array: str
    bound: tuple[Bound, ...]
    changed: Used
    problems: tuple[Diagnostic, ...]
    dims: tuple[DimSpec, ...]
    array_after: str
    imports_step: bool
    declaration: Declaration | None


@dataclass(frozen=True, slots=True)
class _ReadOperator:
    """An operator as it was read, and what its body depended on: the names in it, and (where one of them is not
    defined, so that others are suggested) which names there were."""

    declaration: Declaration
    used: Used
    names: frozenset[str] | None
    operator: OperatorSource


class ModuleReader:
    """Reads the versions of one document, remembering what an edit did not touch."""

    def __init__(self) -> None:
        self._parsed: dict[str, Parsed] = {}
        self._read: dict[Place, _Read] = {}
        self._operators: dict[Place, _ReadOperator] = {}
        self._values: dict[Place, object] = {}

    def read(self, text: str, path: str = "") -> Module:
        """The module that a text declares. Never raises, whatever the text holds."""
        pieces = parse_lines(split_lines(text.removeprefix("\ufeff")), self._parsed)
        pass_ = _Pass(self._read, self._operators, self._values)
        with choosing(Choice()) as choice:
            for block, parsed in pieces:
                pass_.read(block, parsed, choice)
            operators = tuple(pass_.read_operators())
        self._parsed = {block.text: parsed for block, parsed in pieces}
        self._read, self._operators, self._values = pass_.read_blocks, pass_.read_bodies, pass_.values
        return Module(
            path,
            text,
            operators,
            pass_.definitions,
            tuple(pass_.problems),
            pass_.imports_step,
            tuple(block for block, _ in pieces),
            choice.declared,
        )


def read(text: str, path: str = "") -> Module:
    """The module that a text declares."""
    return ModuleReader().read(text, path)


class _Pass:
    """One reading of a text, from its first block to its last."""

    def __init__(
        self, known: Mapping[Place, _Read], bodies: Mapping[Place, _ReadOperator], before: Mapping[Place, object]
    ) -> None:
        self.known, self.known_bodies, self.before = known, bodies, before
        self.read_blocks: dict[Place, _Read] = {}
        self.read_bodies: dict[Place, _ReadOperator] = {}
        self.values: dict[Place, object] = {}
        self.texts: dict[str, int] = {}
        self.bindings: dict[str, int] = {}
        self.scope: dict[str, object] = {}
        self.definitions: dict[str, Definition] = {}
        self.problems: list[Diagnostic] = []
        self.imports_step = False
        self.waiting: list[tuple[Block, Place, Parsed, Declaration]] = []

    def read(self, block: Block, parsed: Parsed, choice: Choice) -> None:
        """A block: as it was read before, if nothing that it depends on is new."""
        place = _next(self.texts, block.text)
        found = self.known.get(place)
        if found is None or found.array != choice.array or not _same_names(found.used, self.scope):
            found = self.read_anew(parsed, choice)
        else:
            for spec in found.dims:
                choice.declare(spec)
            choice.array = found.array_after
            self.scope.update((name, value) for name, _, value, _ in found.bound)
            self.scope.update(found.changed)
        self.read_blocks[place] = found
        for name, _, value, _ in found.bound:
            self.values[_next(self.bindings, name)] = value
        line = block.line
        for name, span, value, docstring in found.bound:
            self.definitions[name] = Definition(name, span.shift(line), value, docstring, line)
        self.problems += [one.shift(line) for one in found.problems]
        self.imports_step |= found.imports_step
        if found.declaration is not None:
            self.waiting.append((block, place, parsed, found.declaration))

    def read_anew(self, parsed: Parsed, choice: Choice) -> _Read:
        used = tuple((name, self.scope.get(name, _MISSING)) for name in parsed.header_names)
        array, declared = choice.array, choice.declared
        choice.declared = {}
        reader = TopLevelReader(self.scope, parsed)
        try:
            reader.read()
        except (RecursionError, TooMuchError):
            whole = Span(0, 0, 0, len(parsed.lines[0]))
            reader.problems.append(Diagnostic("STEP-SYNTAX", "this is nested too deeply to be read", whole))
        here: dict[str, int] = {}
        bound = tuple((name, span, self.known_as(here, name, value), text) for name, span, value, text in reader.bound)
        changed = tuple(reader.changed.items())
        self.scope.update((name, value) for name, _, value, _ in bound)
        self.scope.update(changed)
        dims = tuple(choice.declared.values())
        choice.declared = {**declared, **choice.declared}
        return _Read(
            used, array, bound, changed, tuple(reader.problems), dims, choice.array, reader.imports_step,
            reader.declaration,
        )  # fmt: skip

    def known_as(self, here: dict[str, int], name: str, value: object) -> object:
        """The value; the very object that the version before had under the name, if it is the same. ``here`` counts
        how often the block has bound each name."""
        number = here[name] = here.get(name, 0) + 1
        before = self.before.get((name, self.bindings.get(name, 0) + number - 1), _MISSING)
        return before if _same(before, value) else value

    def read_operators(self) -> Iterator[OperatorSource]:
        """The operators, now that the whole module is known: a body may name what is declared below it."""
        names = frozenset(self.scope)
        for block, place, parsed, declaration in self.waiting:
            found = self.known_bodies.get(place)
            if (
                found is None
                or found.declaration is not declaration
                or not _same_names(found.used, self.scope)
                or (found.names is not None and found.names != names)
            ):
                used = tuple((name, self.scope.get(name, _MISSING)) for name in parsed.names)
                operator = read_operator(block.text, declaration, parsed, self.scope)
                asks = any(one.code == "STEP-NAME" for one in operator.body.problems)
                found = _ReadOperator(declaration, used, names if asks else None, operator)
            self.read_bodies[place] = found
            operator = replace(found.operator, line=block.line, scope=self.scope)
            known = self.definitions[operator.name]
            if operator.docstring is not None and known.block == block.line:
                self.definitions[operator.name] = replace(known, docstring=operator.docstring)
            yield operator


def _next(counts: dict[str, int], text: str) -> Place:
    number = counts.get(text, 0)
    counts[text] = number + 1
    return text, number


def _same_names(used: Used, scope: Scope) -> bool:
    return all(scope.get(name, _MISSING) is value for name, value in used)


def _same(left: object, right: object) -> bool:
    """Whether two values are the same to everything that reads and shows them."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, (Function, Dim, StreamSpec, Specification, int, float, str, *ELEMENT_TYPES)):
        return left == right and repr(left) == repr(right)
    return False
