"""One reading of a module's blocks, from the first to the last, using what the version before knew.

A block is read as before if nothing that it depends on is new.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from step.choice import Choice, DimSpec
from step.diagnostic import Diagnostic, Span
from step.source.beside import Beside, Neighbour
from step.source.evaluate import STEP, TooMuchError
from step.source.neighbours import Stamp
from step.source.operators import Declaration, OperatorSource, read_operator
from step.source.pieces import Piece
from step.source.reader.words import OPEN
from step.source.same import is_same
from step.source.split import Block
from step.source.syntax import Parsed
from step.source.toplevel import Bound, Nested, TopLevelReader


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a module-level name is bound, and what it is. ``span`` is in the file's lines; ``imported``: it is another
    module's, and only called so here."""

    name: str
    span: Span
    value: object
    docstring: str | None = None
    block: int = 0
    imported: bool = False


_MISSING = object()
_NEVER = object()
"""Is the value of no name: what used it is read again in every pass."""
Scope = Mapping[str, object]
Place = tuple[str, int]
"""A block's text or a name, and which of its occurrences is meant."""
Used = tuple[tuple[str, object], ...]
"""Names with what they stood for; compared by identity."""


@dataclass(frozen=True, slots=True)
class ReadBlock:
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
    nested: tuple[Nested, ...] = ()
    beside: tuple[tuple[str, Neighbour | None], ...] = ()
    imported: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadOperator:
    """An operator as it was read, and what its body depended on: the names in it, and (where one of them is not
    defined, so that others are suggested) which names there were."""

    declaration: Declaration
    used: Used
    names: frozenset[str] | None
    operator: OperatorSource


class Pass:
    """One reading of a text, from its first block to its last."""

    def __init__(self, last: Pass | None, beside: Beside) -> None:
        self.beside = beside
        self.known: Mapping[Place, ReadBlock] = last.read_blocks if last else {}
        self.known_bodies: Mapping[Place, ReadOperator] = last.read_bodies if last else {}
        self.before: Mapping[Place, object] = last.values if last else {}
        self.pieces: Sequence[Piece] = ()
        self.trail: list[tuple[Place, ReadBlock]] = []
        self.declared: Mapping[str, DimSpec] = {}
        self.read_blocks: dict[Place, ReadBlock] = {}
        self.read_bodies: dict[Place, ReadOperator] = {}
        self.values: dict[Place, object] = {}
        self.headers: Mapping[tuple[str, ...], ReadBlock] = {}
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
        found = self.known.get(place) or self.with_header(parsed)
        if (
            found is None
            or found.array != choice.array
            or not _same_names(found.used, self.scope)
            or not self.are_current(found)
        ):
            found = self.read_anew(parsed, choice)
        else:
            for spec in found.dims:
                choice.declare(spec)
            choice.array = found.array_after
            self.scope.update((name, value) for name, _, value, _ in found.bound)
            self.scope.update(found.changed)
        self.read_blocks[place] = found
        self.trail.append((place, found))
        for name, _, value, _ in found.bound:
            self.values[_next(self.bindings, name)] = value
        line = block.line
        for name, span, value, docstring in found.bound:
            self.definitions[name] = Definition(name, span.shift(line), value, docstring, line, name in found.imported)
        self.problems += [one.shift(line) for one in found.problems]
        self.imports_step |= found.imports_step
        self.wait(block, place, parsed, found)

    def with_header(self, parsed: Parsed) -> ReadBlock | None:
        """An operator of which only the body is new, as it was read before: what it declares is in its header."""
        if not self.headers or parsed.header is None:
            return None
        found = self.headers.get(parsed.header)
        function = parsed.statements[0]
        if found is None or found.declaration is None or not isinstance(function, ast.FunctionDef):
            return None
        return replace(found, declaration=replace(found.declaration, statement=function))

    def are_current(self, found: ReadBlock) -> bool:
        """Whether the files beside the module are still those from which a block took something."""
        return not found.beside or all(self.beside.get(name) is known for name, known in found.beside)

    def looked_for(self) -> Iterator[tuple[Path, Stamp | None]]:
        """The files beside the module that its imports may name, and what those depend on in turn."""
        for _, found in self.trail:
            for name, known in found.beside:
                yield from self.beside.looked_for(name)
                yield from known.stamps if known is not None else ()

    def wait(self, block: Block, place: Place, parsed: Parsed, found: ReadBlock) -> None:
        """Notes the operators of a block: their bodies are read when the whole module is known."""
        if found.declaration is not None:
            self.waiting.append((block, place, parsed, found.declaration))
        for index, one in enumerate(found.nested):
            inner = f"{place[0]}\0{index}", place[1]
            self.waiting.append((Block(block.line + one.line, one.text), inner, one.parsed, one.declaration))

    def read_anew(self, parsed: Parsed, choice: Choice) -> ReadBlock:
        used = self.used(parsed.header_names)
        if "step" in parsed.header_names and self.scope.get("step") is not STEP:
            used = (*used, ("step", _NEVER))  # what is told of a missing import depends on every other name
        array, declared = choice.array, choice.declared
        choice.declared = {}
        reader = TopLevelReader(self.scope, parsed, self.beside)
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
        return ReadBlock(
            used, array, bound, changed, tuple(reader.problems), dims, choice.array, reader.imports_step,
            reader.declaration, tuple(reader.nested), tuple(reader.taken_from.items()),
            frozenset(reader.imported),
        )  # fmt: skip

    def used(self, names: Iterable[str]) -> Used:
        """What names stand for here; and whether a name that is none of these may come from an `import *`."""
        return tuple((name, self.scope.get(name, _MISSING)) for name in (*names, OPEN))

    def known_as(self, here: dict[str, int], name: str, value: object) -> object:
        """The value; the very object that the version before had under the name, if it is the same. ``here`` counts
        how often the block has bound each name."""
        number = here[name] = here.get(name, 0) + 1
        before = self.before.get((name, self.bindings.get(name, 0) + number - 1), _MISSING)
        return before if is_same(before, value) else value

    def read_operators(self) -> Iterator[OperatorSource]:
        """The operators, now that the whole module is known: a body may name what is declared below it."""
        names = frozenset(self.scope)
        for block, place, parsed, declaration in self.waiting:
            found = self.known_bodies.get(place)
            if found is None or found.declaration is not declaration or not self.means_the_same(found, names):
                used = self.used(parsed.names)
                operator = read_operator(block.text, declaration, parsed, self.scope)
                asks = any(one.code == "STEP-NAME" for one in (*operator.problems, *operator.body.problems))
                found = ReadOperator(declaration, used, names if asks else None, operator)
            operator = found.operator
            if operator.line != block.line or operator.scope is not self.scope:
                operator = replace(operator, line=block.line, scope=self.scope)
                found = replace(found, operator=operator)
            self.read_bodies[place] = found
            known = self.definitions[operator.name]  # of one inside of another statement, that statement's
            if operator.docstring is not None and known.block == block.line:
                self.definitions[operator.name] = replace(known, docstring=operator.docstring)
            yield operator

    def means_the_same(self, found: ReadOperator, names: frozenset[str]) -> bool:
        """Whether the names in a body still stand for what they stood for when it was read."""
        if found.operator.scope is self.scope:  # as after every edit that no other block sees
            return True
        return _same_names(found.used, self.scope) and (found.names is None or found.names == names)

    def replay(self, trail: Sequence[tuple[Place, ReadBlock]], choice: Choice) -> None:
        """Brings the scope to where these blocks left it."""
        for _, found in trail:
            for name, _, value, _ in found.bound:
                self.scope[name] = value
                self.bindings[name] = self.bindings.get(name, 0) + 1
            if found.changed:
                self.scope.update(found.changed)
            choice.array = found.array_after


def _next(counts: dict[str, int], text: str) -> Place:
    number = counts.get(text, 0)
    counts[text] = number + 1
    return text, number


def _same_names(used: Used, scope: Scope) -> bool:
    return all(scope.get(name, _MISSING) is value for name, value in used)
