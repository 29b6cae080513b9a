"""What the rules for a body's text look at, and what they propose."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from step.diagnostic import Diagnostic, Span
from step.primitives import SPELLINGS, Primitive
from step.rewrite.text import TextEdit
from step.source import Body
from step.source.evaluate import STEP
from step.source.syntax import Broken, span_of

_CLOSERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Rewording:
    """Edits of a body's text (lines from 0, the body's first), and why."""

    title: str
    reason: str
    edits: tuple[TextEdit, ...]
    streams: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class Text:
    """A body as text, with what could be read of it. ``errors`` are what the static check says."""

    lines: tuple[str, ...]
    statements: tuple[ast.stmt | Broken, ...]
    body: Body
    errors: tuple[Diagnostic, ...]
    scope: Mapping[str, object]
    inputs: tuple[str, ...]
    outputs: int | None = None
    codes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozenset(one.code for one in self.errors))

    @cached_property
    def module(self) -> str | None:
        """What the module calls ``step``; None where it does not import it as a whole."""
        return next((name for name, value in self.scope.items() if value is STEP), None)

    @cached_property
    def bound(self) -> Mapping[str, tuple[int, ...]]:
        """The names that statements of the body bind, each with the statements' numbers."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.statements):
            for name in targets_of(one):
                found.setdefault(name, []).append(number)
        return {name: tuple(numbers) for name, numbers in found.items()}

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """The names of streams that nothing consumes, the newest first: what a misspelt name probably means."""
        program = self.body.program
        free = {value for value, uses in program.uses.items() if not uses}
        names = [one.name for one in self.body.occurrences if one.binds and set(one.values) & free]
        return tuple(dict.fromkeys(reversed(names)))

    def looped(self, line: int) -> tuple[str, ...]:
        """The names that comprehensions of the statement at a line bind."""
        trees = (one.repaired if isinstance(one, Broken) else one for one in self.statements)
        here = (
            one for one in trees if one is not None and one.lineno - 1 <= line <= (one.end_lineno or one.lineno) - 1
        )
        loops = (loop for one in here for loop in ast.walk(one) if isinstance(loop, ast.comprehension))
        return tuple(one.id for loop in loops for one in ast.walk(loop.target) if isinstance(one, ast.Name))

    def said(self, code: str) -> Iterator[Diagnostic]:
        """The errors of a code."""
        return (one for one in self.errors if one.code == code)

    def at(self, span: Span) -> str:
        """The text in a range of one line; empty for a longer one."""
        if span.line != span.end_line or span.line >= len(self.lines):
            return ""
        return self.lines[span.line][span.column : span.end_column]

    def span(self, node: ast.AST) -> Span:
        """A node's range."""
        return span_of(node, self.lines)

    def span_of(self, number: int) -> Span:
        """A statement's range."""
        one = self.statements[number]
        return one.span if isinstance(one, Broken) else self.span(one)

    def calls(self) -> Iterator[ast.Call]:
        """Every call in what parses."""
        for statement in self.statements:
            tree = statement.repaired if isinstance(statement, Broken) else statement
            if tree is not None:
                yield from (one for one in ast.walk(tree) if isinstance(one, ast.Call))

    def primitive(self, called: ast.expr) -> type[Primitive] | None:
        """The primitive that an expression names: ``step.Map``, or ``Map`` where it is imported."""
        match called:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if self.scope.get(module) is STEP:
                return SPELLINGS.get(name)
            case ast.Name(id=name):
                value = self.scope.get(name)
                return value if isinstance(value, type) and issubclass(value, Primitive) else None
            case _:
                return None

    def without(self, number: int) -> TextEdit:
        """The edit that takes a statement out, with its lines where nothing else is on them."""
        span = self.span_of(number)
        before = self.lines[span.line][: span.column]
        after = self.lines[span.end_line][span.end_column :].lstrip()
        alone = not before.strip() and (not after or after.startswith("#"))
        if not alone:  # `import os; y = …` on one line
            rest = self.lines[span.end_line][span.end_column :]
            gap = len(rest) - len(rest.lstrip("; ")) if after.startswith(";") else 0
            return TextEdit(span._replace(end_column=span.end_column + gap), "")
        last = len(self.lines) - 1
        if span.end_line < last:
            return TextEdit(Span(span.line, 0, span.end_line + 1, 0), "")
        start = (span.line - 1, len(self.lines[span.line - 1])) if span.line else (0, 0)
        return TextEdit(Span(*start, span.end_line, len(self.lines[span.end_line])), "")


def targets_of(statement: ast.stmt | Broken) -> tuple[str, ...]:
    """The names that a statement binds."""
    if isinstance(statement, Broken):
        return statement.targets
    return tuple(one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


def names_in(statement: ast.stmt | Broken) -> frozenset[str]:
    """The names that a statement reads."""
    if isinstance(statement, Broken):
        return frozenset(statement.names)
    return frozenset(
        one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    )


def opened(text: str) -> tuple[list[tuple[str, int]], list[int]]:
    """The brackets that a line of text leaves open, each with its place, and the places of those that close nothing."""
    stack: list[tuple[str, int]] = []
    loose: list[int] = []
    for place, one in _unquoted(text):
        if one == "#":
            break
        if one in "([{":
            stack.append((one, place))
        elif one in _CLOSERS:
            if stack and stack[-1][0] == _CLOSERS[one]:
                stack.pop()
            else:
                loose.append(place)
    return stack, loose


def code_end(line: str) -> int:
    """Where a line's code ends: before its comment."""
    comment = next((place for place, one in _unquoted(line) if one == "#"), len(line))
    return len(line[:comment].rstrip())


def _unquoted(text: str) -> Iterator[tuple[int, str]]:
    """The characters of a line outside of strings, each with its place; roughly, for a body has hardly any strings."""
    quote = ""
    for place, one in enumerate(text):
        if quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        else:
            yield place, one
