"""Putting a new body over an old one so that the least of a person's text changes.

A stream that is made as before keeps its name, and with it the line that makes it; a line that says the same stays as
it was written, with its comment and the comments over it.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from difflib import SequenceMatcher

from step.equality import same_graph, terms
from step.program import Program
from step.render.spelling import free_name
from step.rewrite import TextEdit, apply_text_edits
from step.source import OperatorSource
from step.source.split import split_lines

from step_agents.reading import Reading, read_candidate

_COMMENT = re.compile(r"""^((?:[^#'"]|'[^']*'|"[^"]*")*?)\s*(#.*)?$""")


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
    """The new lines, each as the old text has it where it says the same."""
    before, after = split_lines(old), split_lines(new)
    codes, wanted = [_code(line) for line in before], [_code(line) for line in after]
    written = [number for number, code in enumerate(codes) if code]
    matcher = SequenceMatcher(None, [codes[number] for number in written], wanted, autojunk=False)
    kept: list[str] = []
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag != "equal":
            kept.extend(after[first:last])
            continue
        for place in range(start, end):
            above = written[place - 1] + 1 if place else 0
            # The comments over a line belong to it, a blank line over it too.
            kept.extend(before[above : written[place] + 1])
    return "\n".join(kept).strip("\n")


def _code(line: str) -> str:
    """A line without its comment."""
    found = _COMMENT.match(line)
    return (found[1] if found else line).rstrip()
