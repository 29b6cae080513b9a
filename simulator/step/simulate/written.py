"""A body as it was written: in the file, or given in its place."""

from __future__ import annotations

from dataclasses import dataclass

from step.diagnostic import Diagnostic
from step.simulate.load import LoadedModule
from step.source import Body, OperatorSource
from step.source.parsing import parse_block, parse_function, parse_statements
from step.source.reader import read_body
from step.source.split import Block


@dataclass(frozen=True)
class Written:
    """A body as it was written, read with the names that the running module knows.

    ``line`` is the file's line from which the body's ranges count; None if the body is not in the file.
    """

    body: Body
    problems: tuple[Diagnostic, ...]
    line: int | None


def read_written(module: LoadedModule, source: OperatorSource, text: str | None) -> Written:
    """Reads ``text``, or the operator's own body, with the names that the running module knows."""
    scope = module.environment.scope
    if text is None:
        inside = source.text[:1].isspace()  # of another statement
        parsed = parse_function(source.text) if inside else parse_block(Block(0, source.text))
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
