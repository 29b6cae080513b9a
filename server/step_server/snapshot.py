"""What a request answers from: one version of a document, read and checked. Immutable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Diagnostic, Span
from step.source import Module

from step_server.positions import Positions


@dataclass(frozen=True)
class Snapshot:
    """One version of a document. ``version`` is the client's; None for a file that no client has open."""

    uri: str
    version: int | None
    text: str
    positions: Positions
    module: Module
    checks: tuple[OperatorCheck, ...]

    @property
    def speaks_step(self) -> bool:
        """Whether the file has anything to do with STeP: of every other file the server says nothing."""
        return self.module.imports_step

    def check(self, name: str) -> OperatorCheck | None:
        """The operator of a name; the last one, as Python has it."""
        return next((one for one in reversed(self.checks) if one.operator.name == name), None)

    def check_at(self, line: int) -> OperatorCheck | None:
        """The operator whose text has a line."""
        return next(
            (one for one in self.checks if one.operator.line <= line <= one.operator.line + one.operator.span.end_line),
            None,
        )

    def checks_in(self, span: Span) -> Iterator[OperatorCheck]:
        """The operators whose text touches a range."""
        for one in self.checks:
            first = one.operator.line
            if first <= span.end_line and span.line <= first + one.operator.span.end_line:
                yield one

    @property
    def diagnostics(self) -> Iterator[Diagnostic]:
        """Everything the static check found, in the file's lines."""
        if self.speaks_step:
            yield from self.module.problems
            for check in self.checks:
                yield from check.in_file

    def range(self, span: Span, lines: int = 0) -> lsp.Range:
        """The client's range of a span that counts its lines from ``lines``."""
        return self.positions.range(span.shift(lines))

    def whole(self, check: OperatorCheck) -> lsp.Range:
        """The client's range of an operator, decorators included."""
        return self.range(check.operator.span, check.operator.line)

    def name(self, check: OperatorCheck) -> lsp.Range:
        """The client's range of an operator's name."""
        return self.range(check.operator.name_span, check.operator.line)
