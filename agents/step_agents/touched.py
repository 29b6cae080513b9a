"""The guardian's fixes of a body that is in a file, from experience: known also after the file was closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from step.diagnostic import Span
from step.source import Module, OperatorSource

from step_agents.canonical import canonical_hash
from step_agents.experience import ExperienceBuffer
from step_agents.placing import written_body
from step_agents.task import TaskError
from step_agents.task_source import task_of


@dataclass(frozen=True, slots=True)
class Touched:
    """A range of the file that the guardian changed, and why."""

    span: Span
    rule: str
    title: str
    reason: str
    streams: tuple[str, ...]


def touched(buffer: ExperienceBuffer, module: Module, operator: OperatorSource) -> tuple[Touched, ...]:
    """The ranges of an operator that the guardian changed, where the body still is what was kept.

    Raises:
        ExperienceError: the database cannot be read.
    """
    body = written_body(operator)
    if not body:
        return ()
    try:
        task = task_of(module, operator)
    except TaskError:
        return ()
    for one in buffer.of_task(canonical_hash(task)):
        if one.fixes and one.body.strip() == body.strip():
            return tuple(in_file(fix, operator) for fix in one.fixes)
    return ()


def in_file(fix: dict[str, Any], operator: OperatorSource) -> Touched:
    """A fix whose ``after`` counts the body's lines, in the file's lines."""
    line, column, end_line, end_column = fix["after"]
    first = operator.line + operator.body_span.line
    width = len(operator.indent)
    span = Span(first + line, column + width, first + end_line, end_column + width)
    return Touched(span, fix["rule"], fix["title"], fix["reason"], tuple(fix["streams"]))
