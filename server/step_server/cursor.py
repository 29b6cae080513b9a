"""What a cursor is in the middle of: from the text before it, which is seldom a whole statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

Where = Literal["member", "parameter", "value", "operand", "return", "right", "statement", "nowhere"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a cursor is. ``primitive`` is the one whose parentheses, or whose ``apply``, it is in; ``keyword`` and
    ``index`` tell the argument; ``prefix`` is the part of a word before it; ``namespace`` what stands before a dot."""

    where: Where
    prefix: str = ""
    primitive: type[Primitive] | None = None
    keyword: str | None = None
    index: int = 0
    namespace: str = ""
    given: frozenset[str] = frozenset()


@dataclass
class _Frame:
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
    stack, in_text = _scan(before)
    if in_text:
        return Cursor("nowhere", prefix)
    member = _MEMBER.search(before)
    if member:
        return Cursor("member", prefix, namespace=member[1])
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
            return Cursor(where, prefix, primitive, keyword, frame.index, given=frozenset(frame.given))
    if stack:
        return Cursor("right", prefix)
    stripped = before.strip()
    if re.match(r"return\b", stripped):
        return Cursor("return", prefix)
    if not stripped:
        return Cursor("statement", prefix)
    return Cursor("right" if re.search(r"[^=!<>]=$", stripped) else "nowhere", prefix)


def statement_before(check: OperatorCheck, line: int, column: int) -> str:
    """The text of the statement up to a place: from the last line that clearly begins one."""
    lines = split_lines(check.operator.text)
    if not 0 <= line < len(lines):
        return ""
    start = line
    while start > 0 and not _STARTS.match(lines[start].lstrip()):
        if not lines[start].strip() and start != line:
            break
        start -= 1
    if lines[start].lstrip().startswith("def") and start != line:
        start = line
    return "\n".join([*lines[start:line], lines[line][:column]])


def _scan(text: str) -> tuple[list[_Frame], bool]:
    """The brackets that are open at the end of a text, and whether it ends inside a string or a comment."""
    stack: list[_Frame] = []
    closed = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character in "'\"":
            end = _string_end(text, position)
            if end < 0:
                return stack, True
            position = end
            continue
        if character == "#":
            end = text.find("\n", position)
            if end < 0:
                return stack, True
            position = end
        elif character in "([{":
            callee = _CALLEE.search(text[:position])
            name = re.sub(r"\s", "", callee[1]) if callee else ""
            if re.search(r"\)\s*\.\s*apply\s*$", text[:position]):
                stack.append(_Frame(character, "apply", closed))
            else:
                stack.append(_Frame(character, name))
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
    return stack, False


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
