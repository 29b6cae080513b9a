"""Fixes as edits of the text: as small as they can be, so that a person's lines and comments stay."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from step.check import OperatorCheck, check
from step.diagnostic import Span
from step.equality import same_graph
from step.program import Program, Use
from step.render.python import body_text
from step.render.spelling import Spelling, free_name, spelling_of
from step.rewrite.edits import Bypass, Duplicate, Edit, Permute, Redirect, Replace, Wrap
from step.rewrite.fix import Case, Fix, propose
from step.source import OperatorSource, read
from step.source.parsing import parse_block, parse_statements
from step.source.reader import read_body
from step.source.split import Block, split_lines


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A range of a text and what comes in its place."""

    span: Span
    text: str


def case_of(operator: OperatorSource) -> Case | None:
    """The operator's program with its specification; None where either could not be read."""
    if operator.specification is None or operator.is_hole or not operator.body.program.is_complete:
        return None
    return Case(operator.body.program, operator.input_types, operator.specification.output_types)


def text_edits(operator: OperatorSource, fix: Fix) -> tuple[TextEdit, ...]:
    """A fix as text edits, in lines relative to the operator's first; the whole body where nothing smaller will do."""
    try:
        found = _Writer(operator, fix).edits()
    except _CannotBeSmallError:
        found = ()
    if found and not _overlap(found) and _says(operator, found, fix.program):
        return found
    return (rewritten(operator, fix.program.names, fix),)


def rewritten(operator: OperatorSource, names: Sequence[str | None], fix: Fix) -> TextEdit:
    """The whole body, from the fixed program."""
    inputs = [name for name, _ in operator.parameters]
    span = operator.body_span
    before = split_lines(operator.text)[span.line][: span.column]
    text = body_text(fix.program.with_names(names), inputs, spelling_of(operator.scope), operator.indent)
    if before.strip():  # `def f(x): return …` on one line
        return TextEdit(span._replace(column=len(before.rstrip())), f"\n{text}")
    return TextEdit(span, text.removeprefix(before) if text.startswith(before) else text.lstrip())


def _says(operator: OperatorSource, edits: Sequence[TextEdit], program: Program) -> bool:
    """Whether the operator's text, once edited, says a program: what is written must be what is meant."""
    text = apply_text_edits(operator.text, edits)
    inputs = operator.parameters
    parsed = parse_block(Block(0, text))
    functions = [one for one in parsed.statements if isinstance(one, ast.FunctionDef) and one.name == operator.name]
    if functions:
        body = read_body(tuple(functions[-1].body), parsed.lines, operator.scope, inputs, operator.name_span)
    else:  # the text is a body alone
        parsed = parse_statements(text)
        body = read_body(parsed.statements, parsed.lines, operator.scope, inputs, operator.name_span)
    return parsed.problem is None and same_graph(body.program, program)


def apply_text_edits(text: str, edits: Iterable[TextEdit], first_line: int = 0) -> str:
    """A text with edits made; the edits do not overlap. Line ends stay as they are."""
    starts = [1 if text.startswith("\ufeff") else 0]
    for match in re.finditer(r"\r\n|\n|\r", text):
        starts.append(match.end())
    offsets = sorted(
        (
            (starts[edit.span.line + first_line] + edit.span.column,
             starts[edit.span.end_line + first_line] + edit.span.end_column,
             edit.text)
            for edit in edits
        ),
        reverse=True,
    )  # fmt: skip
    newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    for start, end, new in offsets:
        text = text[:start] + new.replace("\n", newline) + text[end:]
    return text


def fix_all(text: str, path: str = "", *, only_safe: bool = True, limit: int = 200) -> tuple[str, tuple[Fix, ...]]:
    """A text with every safe fix made, one after the other, until none is left; and the fixes."""
    made: list[Fix] = []
    while len(made) < limit:
        step = next(_next_fix(check(read(text, path)), only_safe), None)
        if step is None:
            break
        found, fix = step
        changed = apply_text_edits(text, text_edits(found.operator, fix), found.operator.line)
        if changed == text:
            break
        text = changed
        made.append(fix)
    return text, tuple(made)


def _next_fix(checks: Iterable[OperatorCheck], only_safe: bool) -> Iterator[tuple[OperatorCheck, Fix]]:
    for found in checks:
        case = case_of(found.operator)
        if case is None:
            continue
        for fix in propose(case):
            if fix.safe or not only_safe:
                yield found, fix


class _CannotBeSmallError(Exception):
    pass


class _Writer:
    def __init__(self, operator: OperatorSource, fix: Fix) -> None:
        self.operator, self.fix = operator, fix
        self.body = operator.body
        self.lines = split_lines(operator.text)
        self.spelling: Spelling = spelling_of(operator.scope)
        self.taken = {one.name for one in self.body.occurrences} | set(operator.scope)
        self.found: list[TextEdit] = []

    def edits(self) -> tuple[TextEdit, ...]:
        for edit in self.fix.edits:
            self.write(edit)
        return tuple(self.found)

    def write(self, edit: Edit) -> None:
        match edit:
            case Wrap():
                span = self.span(edit.use)
                text = self.text(span)
                for primitive in edit.chain:
                    text = f"{self.spelling.call(primitive)}.apply({text})"
                self.found.append(TextEdit(span, text))
            case Duplicate():
                self.duplicate(edit)
            case Replace():
                source = self.body.nodes[edit.node]
                before = self.fix.before.nodes[edit.node].primitive
                changed = [
                    one.name
                    for one in edit.primitive.parameters()
                    if getattr(edit.primitive, one.name) != getattr(before, one.name, None)
                ]
                if type(before) is type(edit.primitive) and all(name in source.parameters for name in changed):
                    for name in changed:
                        value = self.spelling.parameter(getattr(edit.primitive, name))
                        self.found.append(TextEdit(source.parameters[name], value))
                else:
                    self.found.append(TextEdit(source.constructor, self.spelling.call(edit.primitive)))
            case Permute():
                spans = self.body.nodes[edit.node].operands
                if len(set(spans)) != len(spans):
                    raise _CannotBeSmallError
                for place, origin in enumerate(edit.order):
                    if place != origin:
                        self.found.append(TextEdit(spans[place], self.text(spans[origin])))
            case Bypass():
                source = self.body.nodes[edit.node]
                self.found.append(TextEdit(source.span, self.text(source.operands[0])))
            case Redirect():
                taken = self.fix.before.name_of(edit.value)
                if taken is None:
                    raise _CannotBeSmallError
                self.found.append(TextEdit(self.span(edit.use), taken))

    def duplicate(self, edit: Duplicate) -> None:
        spans = [self.span(use) for use in edit.uses]
        if len(set(spans)) != len(spans):
            raise _CannotBeSmallError
        first = min(spans)
        statement = min(self.statement(use) for use in edit.uses)
        written = self.text(first)
        base = re.sub(r"\W+", "_", written).strip("_") if written.isidentifier() or len(written) < 16 else "copy"
        names: list[str] = []
        for number in range(len(spans)):
            names.append(free_name(f"{base}{number}", self.taken))
            self.taken.add(names[-1])
        copy = f"{self.spelling.primitive('Copy')}().apply"
        rest, lines = written, []
        for number in range(len(names) - 1):
            last = number == len(names) - 2
            remaining = names[-1] if last else free_name(f"{base}_rest", self.taken)
            self.taken.add(remaining)
            lines.append(f"{names[number]}, {remaining} = {copy}({rest})")
            rest = remaining
        indent = self.lines[statement.line][: statement.column]
        if indent.strip():
            raise _CannotBeSmallError
        start = Span(statement.line, statement.column, statement.line, statement.column)
        self.found.append(TextEdit(start, "".join(f"{line}\n{indent}" for line in lines)))
        for span, name in zip(sorted(spans), names, strict=True):
            self.found.append(TextEdit(span, name))

    def span(self, use: Use) -> Span:
        if use.node is None:
            if use.slot >= len(self.body.outputs):
                raise _CannotBeSmallError
            return self.body.outputs[use.slot]
        return self.body.nodes[use.node].operands[use.slot]

    def statement(self, use: Use) -> Span:
        if use.node is None:
            if self.body.returns is None:
                raise _CannotBeSmallError
            return self.body.returns
        return self.body.nodes[use.node].statement

    def text(self, span: Span) -> str:
        if span.line == span.end_line:
            return self.lines[span.line][span.column : span.end_column]
        parts = [self.lines[span.line][span.column :], *self.lines[span.line + 1 : span.end_line]]
        return "\n".join([*parts, self.lines[span.end_line][: span.end_column]])


def _overlap(edits: Sequence[TextEdit]) -> bool:
    ordered = sorted(one.span for one in edits)
    return any(
        (first.end_line, first.end_column) > (second.line, second.column) or first == second
        for first, second in itertools.pairwise(ordered)
    )
