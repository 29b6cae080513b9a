"""Putting a new body over an old one so that the least of a person's text changes.

A stream that is made as before keeps its name, and with it the line that makes it; a line that says the same stays as
it was written, with its comment and the comments over it.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from dataclasses import dataclass
from difflib import SequenceMatcher

from step.equality import same_graph, terms
from step.program import Program
from step.render.spelling import free_name
from step.rewrite import TextEdit, apply_text_edits
from step.source import OperatorSource
from step.source.parsing import parse_statements
from step.source.syntax import Broken

from step_agents.reading import Reading, read_candidate


def graft(operator: OperatorSource, old: str, new: str) -> str:
    """The new body's program in as much of the old body's text as says the same; the new body where nothing does."""
    reading = read_candidate(operator, new)
    if not reading.is_right:
        return new
    renamed = _renamed(read_candidate(operator, old), reading)
    for text in (_merged(old, renamed), renamed):
        after = read_candidate(operator, text)
        if after.is_right and same_graph(after.program, reading.program):
            return text
    return new


def _renamed(old: Reading, new: Reading) -> str:
    """The new body with the old one's names for the streams that both make."""
    if not old.body.program.size:
        return new.text
    known: dict[tuple[object, ...], int] = {}
    ours, theirs = terms(old.program, known), terms(new.program, known)
    names: dict[tuple[int, bool], deque[str]] = defaultdict(deque)
    for value in range(old.program.inputs, old.program.size):
        name = old.program.name_of(value)
        if name is not None and name.isidentifier():
            names[ours[value], _is_copied(old.program, value)].append(name)
    chosen: dict[int, str] = {}
    for value in range(new.program.inputs, new.program.size):
        same = names[theirs[value], _is_copied(new.program, value)]
        if same and new.program.name_of(value) is not None:
            chosen[value] = same.popleft()
    taken = set(chosen.values())
    for value in range(new.program.inputs, new.program.size):
        name = new.program.name_of(value)
        if value not in chosen and name is not None and name.isidentifier():
            chosen[value] = free_name(name, taken)
            taken.add(chosen[value])
    edits = [
        TextEdit(one.span, chosen[one.values[0]])
        for one in new.body.occurrences
        if len(one.values) == 1 and one.kind == "stream" and chosen.get(one.values[0], one.name) != one.name
    ]
    return apply_text_edits(new.text, {edit.span: edit for edit in edits}.values())


def _is_copied(program: Program, value: int) -> bool:
    producer = program.producers[value]
    return producer is not None and program.nodes[producer].primitive.name == "Copy"


def _merged(old: str, new: str) -> str:
    """The new statements, each as the old text has it where it says the same, with the comments over it."""
    before, after = _chunks(old), _chunks(new)
    matcher = SequenceMatcher(None, [one.says for one in before], [one.says for one in after], autojunk=False)
    kept: list[str] = []
    for tag, start, end, first, last in matcher.get_opcodes():
        kept.extend(one.text for one in (before[start:end] if tag == "equal" else after[first:last]))
    return "\n".join(kept).strip("\n")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A statement with the comments and blank lines over it; ``says`` is equal for statements that say the same."""

    says: str
    text: str


def _chunks(text: str) -> list[_Chunk]:
    parsed = parse_statements(text)
    found: list[_Chunk] = []
    after = 0
    for one in parsed.statements:
        if isinstance(one, Broken) or one.lineno - 1 < after:
            # What does not parse, or shares its line with another, says nothing that could be compared.
            found.append(_Chunk(f"not read: {len(found)}", ""))
            continue
        end = one.end_lineno or one.lineno
        found.append(_Chunk(ast.dump(one), "\n".join(parsed.lines[after:end])))
        after = end
    return found
