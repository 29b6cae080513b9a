"""What a child process remembers between checks: modules that ran, inputs and references that were computed.

An operator's body is data: it takes no part in running the module. So a module is run, and remembered, with empty
bodies, and an edit of a body, the most common one, runs nothing of the user's again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from step.choice import Choice
from step.diagnostic import Diagnostic
from step.simulate.cache import BoundedCache
from step.simulate.engine import size_in_bytes
from step.simulate.load import LoadedModule, load, stamp
from step.simulate.problem import Problem, pose
from step.source import Body, Module, ModuleReader, OperatorSource
from step.source.reader import read_body
from step.source.split import Block
from step.source.syntax import parse_block, parse_statements

_MODULES = 64
_PROBLEMS = 256
_PROBLEM_BYTES = 256 << 20
_BODIES = 64

Sizes = tuple[tuple[str, int], ...]
_ModuleKey = tuple[str, str, Sizes, int, str]


@dataclass(frozen=True)
class Written:
    """A body as it was written, read with the names that the running module knows.

    ``line`` is the file's line from which the body's ranges count; None if the body is not in the file.
    """

    body: Body
    problems: tuple[Diagnostic, ...]
    line: int | None


class Workspace:
    """Modules, problems and bodies, each remembered as long as what it depends on stays the same."""

    def __init__(self) -> None:
        self._readers: BoundedCache[str, ModuleReader] = BoundedCache(8)
        self._sources: BoundedCache[tuple[str, str], tuple[Module, str]] = BoundedCache(8)
        self._modules: BoundedCache[_ModuleKey, LoadedModule] = BoundedCache(_MODULES)
        self._problems: BoundedCache[tuple[int, str, int], tuple[LoadedModule, Problem]] = BoundedCache(
            _PROBLEMS, _PROBLEM_BYTES, lambda one: _problem_bytes(one[1])
        )
        self._bodies: BoundedCache[tuple[int, str, str], tuple[LoadedModule, Written]] = BoundedCache(_BODIES)

    def source(self, text: str, path: str) -> tuple[Module, str]:
        """A text's declarations, and the text with every operator's body emptied (its lines stay where they are)."""
        known = self._sources.get((text, path))
        if known is not None:
            return known
        reader = self._readers.get(path) or self._readers.put(path, ModuleReader())
        module = reader.read(text, path)
        return self._sources.put((text, path), (module, without_bodies(module)))

    def module(self, text: str, path: str, sizes: Mapping[str, int], seed: int, precision: str) -> LoadedModule:
        """A module that ran under a choice; run again only if its text, or a neighbour that it imports, changed.

        Raises:
            SimulationError: as :func:`step.simulate.load.load`.
        """
        key = (text, path, tuple(sorted(sizes.items())), seed, precision)
        known = self._modules.get(key)
        if known is not None and all(stamp(file) == seen for file, seen in known.neighbours):
            return known
        return self._modules.put(key, load(text, path, Choice(dict(sizes), seed, precision)))

    def problem(self, module: LoadedModule, operator: str, seed: int) -> Problem:
        """An operator's inputs and expected outputs.

        Raises:
            SimulationError: as :func:`step.simulate.problem.pose`.
        """
        key = (id(module), operator, seed)
        known = self._problems.get(key)
        if known is not None and known[0] is module:
            return known[1]
        problem = pose(module, module.operators[operator], seed)
        self._problems.put(key, (module, problem))
        return problem

    def body(self, module: LoadedModule, source: OperatorSource, text: str | None) -> Written:
        """A body read under the running module's names: ``text``, or the one in the file."""
        key = (id(module), source.text, text if text is not None else "\0")
        known = self._bodies.get(key)
        if known is not None and known[0] is module and (text is not None or known[1].line == source.line):
            return known[1]
        written = _read(module, source, text)
        self._bodies.put(key, (module, written))
        return written


def without_bodies(module: Module) -> str:
    """A module's text in which the body of every operator is `...`; all other lines stay where they are."""
    if not module.operators:
        return module.text
    lines = module.text.splitlines(keepends=True)
    for operator in module.operators:
        span = operator.body_span.shift(operator.line)
        if span.line >= len(lines):
            continue
        ends = [line[len(line.rstrip("\r\n")) :] for line in lines[span.line : span.end_line + 1]]
        lines[span.line] = lines[span.line][: span.column] + "..." + ends[0]
        lines[span.line + 1 : span.end_line + 1] = ends[1:]
    return "".join(lines)


def _read(module: LoadedModule, source: OperatorSource, text: str | None) -> Written:
    scope = module.environment.scope
    if text is None:
        parsed = parse_block(Block(0, source.text))
        statements = parsed.body
        if statements is None:
            functions = [one for one in parsed.statements if getattr(one, "name", None) == source.name]
            statements = tuple(functions[-1].body) if functions else ()  # type: ignore[union-attr]
        body = read_body(statements, parsed.lines, scope, source.parameters, source.name_span)
        problems = tuple(one for one in source.problems if one.code == "STEP-SYNTAX")
        return Written(body, (*problems, *body.problems), source.line)
    parsed = parse_statements(text)
    body = read_body(parsed.statements, parsed.lines, scope, source.parameters, source.name_span)
    problems = body.problems
    if parsed.problem is not None:
        broken = Diagnostic("STEP-SYNTAX", f"this does not parse: {parsed.problem.message}", parsed.problem.span)
        problems = (broken, *problems)
    return Written(body, problems, None)


def _problem_bytes(problem: Problem) -> int:
    return sum(size_in_bytes(data) for data in (*problem.inputs, *problem.expected))
