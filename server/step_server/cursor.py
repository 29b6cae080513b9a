"""What a cursor is in the middle of: from the text before it, which is seldom a whole statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from step.check import OperatorCheck
from step.primitives import Primitive
from step.source.evaluate import Namespace
from step.source.split import split_lines

_WORD = re.compile(r"\w*$")
_CALLEE = re.compile(r"([^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*)\s*$")
_MEMBER = re.compile(r"([^\W\d]\w*)\s*\.\s*$")
_KEYWORD = re.compile(r"([^\W\d]\w*)\s*=$")
_STARTS = re.compile(r"[^\W\d]\w*(\s*,\s*\w+)*\s*=(?!=)|return\b|def\b")

Where = Literal["member", "call", "parameter", "value", "operand", "return", "right", "statement", "nowhere"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a cursor is; "call": behind the dot that follows a primitive's parentheses.

    ``primitive`` is the one whose parentheses, or whose ``apply``, it is in; ``keyword`` and ``index`` tell the
    argument; ``prefix`` is the part of a word before it; ``namespace`` what stands before a dot. ``given`` are the
    parameters that have a value already; ``in_list`` tells that it is inside ``[…]`` of an argument.
    """

    where: Where
    prefix: str = ""
    primitive: type[Primitive] | None = None
    keyword: str | None = None
    index: int = 0
    namespace: str = ""
    given: frozenset[str] = frozenset()
    in_list: bool = False


@dataclass
class Frame:
    """An open bracket: what it calls, ``primitive`` where that is an ``apply``; the argument that is being written, and
    the names of those that have a value."""

    opener: str
    callee: str
    primitive: str = ""
    index: int = 0
    keyword: str | None = None
    given: set[str] = field(default_factory=set)


def cursor(check: OperatorCheck, line: int, column: int) -> Cursor:
    """What the cursor is in, at a place counted from the operator's first line."""
    text = statement_before(check, line, column)
    prefix = (_WORD.search(text) or [""])[0]
    before = text[: len(text) - len(prefix)]
    stack, in_text, closed = scan(before)
    if in_text:
        return Cursor("nowhere", prefix)
    member = _MEMBER.search(before)
    if member:
        return Cursor("member", prefix, namespace=member[1])
    if re.search(r"\)\s*\.\s*$", before) and (called := primitive_named(check.operator.scope, closed)) is not None:
        return Cursor("call", prefix, called)
    if before.rstrip().endswith("."):
        return Cursor("nowhere", prefix)
    for depth, frame in enumerate(reversed(stack)):
        if frame.callee == "apply":
            index = stack[-1].index if depth else frame.index
            return Cursor("operand", prefix, primitive_named(check.operator.scope, frame.primitive), None, index)
        primitive = primitive_named(check.operator.scope, frame.callee) if frame.opener == "(" else None
        if primitive is not None:
            names = [one.name for one in primitive.parameters()]
            keyword = frame.keyword
            if keyword is None and depth:
                keyword = names[frame.index] if frame.index < len(names) else None
            where: Where = "value" if keyword is not None else "parameter"
            given = frame.given.union(names[: max(frame.index - len(frame.given), 0)])
            return Cursor(where, prefix, primitive, keyword, frame.index, given=frozenset(given), in_list=depth > 0)
    if stack:
        return Cursor("right", prefix)
    stripped = before.strip()
    if re.match(r"return\b", stripped):
        return Cursor("return", prefix)
    if not stripped:
        return Cursor("statement", prefix)
    return Cursor("right" if re.search(r"[^=!<>]=$", stripped) else "nowhere", prefix)


def statement_before(check: OperatorCheck, line: int, column: int) -> str:
    """The text of the statement up to a place."""
    lines = _lines(check, line)
    start = statement_start(check, line, lines[line][:column])
    return "\n".join([*lines[start:line], lines[line][:column]])


def statement_start(check: OperatorCheck, line: int, text: str | None = None) -> int:
    """The line in which the statement begins that a line (of which ``text`` is written) belongs to.

    A statement begins where a line of the body's own indentation looks like one; any other line belongs to it while a
    bracket of it is open. A line below the operator's last is an empty one of it.
    """
    lines = _lines(check, line)
    if _begins(check, lines[line] if text is None else text):
        return line
    start = first_line(check, lines, line)
    open_brackets, in_text, _ = scan("\n".join(lines[start:line]))
    return start if open_brackets or in_text else line


def _lines(check: OperatorCheck, line: int) -> Sequence[str]:
    lines = split_lines(check.operator.text)
    return [*lines, *[""] * (line + 1 - len(lines))]


def statement_after(check: OperatorCheck, line: int, column: int) -> str:
    """The text of the statement after a place, as far as it looks like the same statement."""
    lines = split_lines(check.operator.text)
    if not 0 <= line < len(lines):
        return ""
    end = line + 1
    while end < len(lines) and lines[end].strip() and not _begins(check, lines[end]):
        end += 1
    return "\n".join([lines[line][column:], *lines[line + 1 : end]])


def first_line(check: OperatorCheck, lines: Sequence[str], line: int) -> int:
    """The line that clearly begins the statement that a line may be of; never the header's."""
    first = min(check.operator.body_span.line, line)
    start = line
    while start > first and not _begins(check, lines[start]):
        start -= 1
        if not lines[start].strip():
            return start
    return start


def _begins(check: OperatorCheck, text: str) -> bool:
    indent = check.operator.indent
    return text.startswith(indent) and _STARTS.match(text[len(indent) :]) is not None


def scan(text: str) -> tuple[list[Frame], bool, str]:
    """The brackets that are open at the end of a text, whether it ends inside a string or a comment, and what the
    parentheses that were closed last called."""
    stack: list[Frame] = []
    closed = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character in "'\"":
            triple = character * 3
            if text.startswith(triple, position):
                end = text.find(triple, position + 3) + 3
                end = end if end > 2 else -1
            else:
                end = _string_end(text, position)
            if end < 0:
                return stack, True, closed
            position = end
            continue
        if character == "#":
            end = text.find("\n", position)
            if end < 0:
                return stack, True, closed
            position = end
        elif character in "([{":
            callee = _CALLEE.search(text[:position])
            name = re.sub(r"\s", "", callee[1]) if callee else ""
            if re.search(r"\)\s*\.\s*apply\s*$", text[:position]):
                stack.append(Frame(character, "apply", closed))
            else:
                stack.append(Frame(character, name))
        elif character in ")]}":
            if stack:
                closed = stack.pop().callee
        elif character == "," and stack:
            stack[-1].index += 1
            stack[-1].keyword = None
        elif character == "=" and stack and text[position + 1 : position + 2] != "=":
            match = _KEYWORD.search(text[: position + 1])
            if match:
                stack[-1].keyword = match[1]
                stack[-1].given.add(match[1])
        position += 1
    return stack, False, closed


def _string_end(text: str, start: int) -> int:
    quote = text[start]
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
            continue
        if text[position] == quote:
            return position + 1
        if text[position] == "\n":
            return -1
        position += 1
    return -1


def primitive_named(scope: Mapping[str, object], name: str) -> type[Primitive] | None:
    """The primitive that ``step.Map`` or ``Map`` is, in a scope."""
    head, _, tail = name.partition(".")
    value = scope.get(head)
    if tail and isinstance(value, Namespace):
        value = value.members.get(tail)
    elif tail:
        return None
    return value if isinstance(value, type) and issubclass(value, Primitive) else None


def namespaces(scope: Mapping[str, object]) -> Iterator[str]:
    """The names under which ``step`` is imported."""
    return (name for name, value in scope.items() if isinstance(value, Namespace) and value.name == "step")
