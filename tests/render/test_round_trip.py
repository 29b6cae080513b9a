"""Rendering a program and reading it again gives the program back."""

from __future__ import annotations

from hypothesis import given, settings
from step.diagnostic import Span
from step.render import body_text, spelling_of
from step.source.parsing import parse_statements
from step.source.reader import read_body

from tests.programs import Case, cases


@settings(max_examples=60, deadline=None)
@given(cases())
def test_what_is_written_is_read_as_the_same_program(case: Case) -> None:
    text = body_text(case.program, case.specification, spelling_of(case.scope))
    parsed = parse_statements(text)
    inputs = [(name, Span(0, 0, 0, 0)) for name in case.specification]
    body = read_body(parsed.statements, parsed.lines, case.scope, inputs, Span(0, 0, 0, 0))
    assert not body.problems, (body.problems, text)
    assert body.program == case.program, text


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_drawn_program_holds(case: Case) -> None:
    typing = case.typing
    assert not typing.violations
    assert typing.holds
    assert all(len(uses) <= 1 for uses in case.program.uses.values())
