"""The names that a walk through a block meets, each noted where it stands, with the scope that it belongs to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from step.diagnostic import Span
from step.source.syntax import span_of

from step_server.uses import MODULE, NameUse, Scope, owner


class Notes:
    """What is noted of a block. ``unplaced`` are names whose place is not known, ``bound_after`` the lines after which
    a class has its names."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        self.found: list[NameUse] = []
        self.scopes: list[Scope] = [Scope(MODULE, frozenset())]
        self.unplaced: set[str] = set()
        self.bound_after: dict[tuple[int, str], int] = {}

    def use(self, name: str, span: Span, scope: int, *, binds: bool, also: bool = False) -> None:
        """A name that stands in a span, seen from a scope."""
        if self.lines[span.line][span.column : span.end_column] != name:
            self.unplaced.add(name)  # letters that only look different; inside some format strings
            return
        self.found.append(NameUse(name, span, owner(self.scopes, name, scope), binds, also, scope))

    def in_text(
        self, name: str, before: re.Pattern[str], start: tuple[int, int], last: int, scope: int, *, binds: bool = True
    ) -> None:
        """A name whose place Python does not tell: the first one behind what a pattern describes, from
        a line and a column on."""
        text = "\n".join(self.lines[start[0] : last + 1])
        for found in before.finditer(text, start[1]):
            if found[1] == name:
                line = start[0] + text.count("\n", 0, found.start(1))
                column = found.start(1) - (text.rfind("\n", 0, found.start(1)) + 1)
                self.use(name, Span(line, column, line, column + len(name)), scope, binds=binds)
                return
        self.unplaced.add(name)

    def before_bound(self, use: NameUse) -> NameUse:
        """A name in a class that is not bound there yet (`class A: size = size`) is another's."""
        scope = self.scopes[use.scope]
        if not scope.is_class or use.binds or use.inside != use.scope:
            return use
        if use.span.line > self.bound_after.get((use.scope, use.name), -1):
            return use
        return use._replace(scope=owner(self.scopes, use.name, scope.parent))

    def binds_after(self, targets: Iterable[ast.expr], line: int, scope: int) -> None:
        """In a class, names are bound once a statement is over, which ends in a line."""
        if self.scopes[scope].is_class:
            for target in targets:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name):
                        self.bound_at(one.id, line, scope)

    def bound_at(self, name: str, line: int, scope: int) -> None:
        """Notes that a scope has a name once a line is over, if not before."""
        known = self.bound_after.get((scope, name), line)
        self.bound_after[scope, name] = min(known, line)

    def text_use(self, node: ast.Constant, name: str, scope: int) -> None:
        """A name inside quotes."""
        span = span_of(node, self.lines)
        line = self.lines[span.line] if span.line < len(self.lines) else ""
        match = re.match(rf"""[rRuU]?(['"]){re.escape(name)}\1$""", line[span.column : span.end_column])
        if match and span.line == span.end_line:
            start = span.column + match.end(1)
            self.use(name, Span(span.line, start, span.line, start + len(name)), scope, binds=True, also=True)

    def enter(self, parent: int, owned: frozenset[str], outer: frozenset[str], *, is_class: bool = False) -> int:
        """A new scope, by its number."""
        self.scopes.append(Scope(parent, owned, outer, is_class))
        return len(self.scopes) - 1
