"""What a child process remembers between checks: modules that ran, inputs and references that were computed.

An operator's body is data: it takes no part in running the module. So a module is run, and remembered, with empty
bodies, and an edit of a body, the most common one, runs nothing of the user's again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from step.choice import Choice
from step.simulate.cache import BoundedCache
from step.simulate.engine import size_in_bytes
from step.simulate.load import LoadedModule, load, stamp
from step.simulate.problem import Problem, pose
from step.simulate.subject import Subject
from step.simulate.written import Written, read_written
from step.source import Module, ModuleReader, OperatorSource

_MODULES = 64
_PROBLEMS = 256
_PROBLEM_BYTES = 256 << 20
_BODIES = 64

Sizes = tuple[tuple[str, int], ...]
_ModuleKey = tuple[str, str, Sizes, int, str]


class Workspace:
    """Modules, problems and bodies, each remembered as long as what it depends on stays the same."""

    def __init__(self) -> None:
        self._readers: BoundedCache[str, ModuleReader] = BoundedCache(8)
        self._sources: BoundedCache[tuple[str, str], tuple[Module, str]] = BoundedCache(8)
        self._modules: BoundedCache[_ModuleKey, LoadedModule] = BoundedCache(_MODULES)
        self._problems: BoundedCache[tuple[int, str, int], tuple[LoadedModule, Problem]] = BoundedCache(
            _PROBLEMS, _PROBLEM_BYTES, lambda one: _problem_bytes(one[1])
        )
        self.subjects: BoundedCache[int, Subject] = BoundedCache(_BODIES)
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
        written = read_written(module, source, text)
        self._bodies.put(key, (module, written))
        return written


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
"""A line with its end, as editors and Python count them: a form feed, for one, ends none."""


def without_bodies(module: Module) -> str:
    """A module's text in which the body of every operator is `...`; all other lines stay where they are."""
    if not module.operators:
        return module.text
    lines = _LINE.findall(module.text)
    for operator in module.operators:
        span = operator.body_span.shift(operator.line)
        if span.line >= len(lines):
            continue
        ends = [line[len(line.rstrip("\r\n")) :] for line in lines[span.line : span.end_line + 1]]
        lines[span.line] = lines[span.line][: span.column] + "..." + ends[0]
        lines[span.line + 1 : span.end_line + 1] = ends[1:]
    return "".join(lines)


def _problem_bytes(problem: Problem) -> int:
    return sum(size_in_bytes(data) for data in (*problem.inputs, *problem.expected))
