"""What can be read of a text that does not parse: its functions' headers, its other statements, brackets closed."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from step.diagnostic import Span
from step.source.split import Block, Tolerance, split_blocks, split_lines
from step.source.syntax import MAX_BLOCK, NAME, Broken, parse, too_long

MAX_PIECES = 1_000
"""Statements of a body that are parsed one by one where the whole does not parse."""
MAX_NAMES = 10_000
_TARGETS = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*=(?!=)")
_Statement = TypeVar("_Statement", bound=ast.stmt)
_NAMED = re.compile(r"(?:async\s+)?(?:def|class)\s+([^\W\d]\w*)")
_DEF = re.compile(r"\s*(async\s+)?def\b")
_UNSURE = re.compile(r"\\$|[fF][rR]?['\"]", re.MULTILINE)
_PLACE = re.compile(r" (?:on line \d+|\(detected at line \d+\))")
"""Where Python's parser says, in lines of the part of a file that it was given, what a diagnostic's range says."""
_MOST_HEADER = 40
"""Lines of a function's header."""
_CLOSE = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class ByStatements:
    """A function that was read statement by statement, in its block's lines.

    ``problem`` is the first statement that does not parse. ``is_sure`` says that Python's parser, given all of it,
    would come to the same: to the same statements, or to a mistake in that one.
    """

    header: ast.FunctionDef
    body: tuple[ast.stmt | Broken, ...]
    problem: Broken | None
    is_sure: bool

    @property
    def whole(self) -> ast.FunctionDef:
        """The function with its statements, none of which is broken."""
        statements = [one for one in self.body if isinstance(one, ast.stmt)]
        function = ast.FunctionDef(**{name: getattr(self.header, name) for name in self.header._fields})
        ast.copy_location(function, self.header)
        function.body = statements
        function.end_lineno, function.end_col_offset = statements[-1].end_lineno, statements[-1].end_col_offset
        return function


def function_by_statements(lines: tuple[str, ...]) -> ByStatements | None:
    """A function whose header parses, whatever its body does; None where there is none."""
    start = next((index for index, line in enumerate(lines) if _DEF.match(line)), None)
    if start is None:
        return None
    outer = _indentation(lines[start])
    for end in range(start + 1, min(start + _MOST_HEADER, len(lines)) + 1):
        if not lines[end - 1].rstrip().endswith(":"):
            continue
        found = _parse_header("\n".join(lines[:end]), outer)
        if found is None:
            continue
        function, is_alone = found
        rest = list(lines[end:])
        indent = next((_indentation(line) for line in rest if line.strip() and line.lstrip()[0] != "#"), "") or "    "
        body, problem, block = _parse_body(rest, indent, end)
        # After a form feed, Python counts the indentation anew.
        is_sure = is_alone and not outer and bool(body) and not any("\f" in line for line in rest)
        if is_sure and problem is not None:
            is_sure = block is not None and _is_its_own(block, rest, indent, end)
        return ByStatements(function, tuple(body), problem, is_sure)
    return None


def _is_its_own(block: Block, lines: list[str], indent: str, first: int) -> bool:
    """Whether a mistake is surely in a statement of a body, and not in how the body was split into statements: as its
    brackets are, Python would split it there too. Strings that go on in the next line, or have code in them, are not
    followed exactly."""
    if any(line[:1] not in " \t" for line in lines if line) or _UNSURE.search(block.text):
        return False
    return block in split_blocks(lines, indent, first, Tolerance.STRICT)


@lru_cache(maxsize=64)
def _parse_header(head: str, outer: str) -> tuple[ast.FunctionDef, bool] | None:
    """A function with a header, indented by ``outer``, and nothing in it, and whether nothing stands before it; None
    where that is no header."""
    tree = parse(("if 1:\n" if outer else "") + f"{head}\n{outer}    ...")
    if not isinstance(tree, ast.Module) or not tree.body:
        return None
    last = tree.body[-1].body[-1] if outer and isinstance(tree.body[-1], ast.If) else tree.body[-1]
    if not isinstance(last, ast.FunctionDef):
        return None
    return moved(last, -1 if outer else 0), len(tree.body) == 1


def parse_body_lines(lines: list[str], indent: str, first: int) -> tuple[list[ast.stmt | Broken], Broken | None]:
    """Each statement of a body parsed on its own; positions count from ``first``."""
    statements, problem, _ = _parse_body(lines, indent, first)
    return statements, problem


def _parse_body(
    lines: list[str], indent: str, first: int
) -> tuple[list[ast.stmt | Broken], Broken | None, Block | None]:
    statements: list[ast.stmt | Broken] = []
    problem, place = None, None
    blocks = split_blocks(lines, indent, first)
    if len(blocks) > MAX_PIECES:
        whole = broken_at("\n".join(lines), first, too_long(f"{MAX_PIECES:,} statements"))
        return [whole], whole, None
    for block in blocks:
        found, broken = _parse_piece(block, indented=bool(indent))
        statements.extend(found)
        if broken is not None and problem is None:
            problem, place = broken, block
    return statements, problem, place


@lru_cache(maxsize=256)
def _parse_piece(block: Block, *, indented: bool) -> tuple[tuple[ast.stmt | Broken, ...], Broken | None]:
    """The statements of one block of a body, and what does not parse. Remembered: while somebody types, all but one
    block of a body are what they were."""
    tree = parse("if 1:\n" + block.text) if indented else parse(block.text)
    if indented and isinstance(tree, SyntaxError) and tree.lineno:
        tree.lineno -= 1
    if indented and isinstance(tree, ast.Module):
        outside = [*tree.body[1:], *getattr(tree.body[0], "orelse", ())]
        if outside:
            # What stands further left than the first statement would end the body; it is not silently left out.
            tree = SyntaxError("unindent does not match the first statement", ("", outside[0].lineno - 1, 1, ""))
    if isinstance(tree, ast.Module) and tree.body:
        inner = tree.body[0].body if indented and isinstance(tree.body[0], ast.If) else tree.body
        return tuple(moved(one, block.line - indented) for one in inner), None
    if not block.text.strip() or block.text.lstrip().startswith("#"):
        return (), None
    broken = broken_at(block.text, block.line, tree if isinstance(tree, SyntaxError) else None)
    statement = repaired(block.text)
    if statement is not None and _comes_to_apply(statement):
        statement = None
    return (broken if statement is None else moved(statement, block.line),), broken


def _comes_to_apply(statement: ast.stmt) -> bool:
    """Whether what is half typed gets a name and is a call that somebody has yet to write ``.apply`` behind: it is not
    told that it is none, nor what it would be."""
    value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
    return isinstance(value, ast.Call) and not (isinstance(value.func, ast.Attribute) and value.func.attr == "apply")


def broken_at(text: str, first: int, error: SyntaxError | None) -> Broken:
    """What does not parse; the error's lines count from the text's first, which is the line ``first``."""
    lines = split_lines(text)
    last = max(index for index, line in enumerate(lines) if line.strip() or index == 0)
    line = min(max((error.lineno or 1) - 1, 0), last) if error is not None else 0
    if error is not None and not lines[line].strip():
        line = last
    body = lines[line]
    start = min(max((error.offset or 1) - 1, 0), len(body)) if error is not None and error.offset else 0
    start = min(start, max(len(body.rstrip()) - 1, 0))
    span = Span(first + line, start, first + line, max(len(body.rstrip()), start + 1))
    targets = _TARGETS.match(lines[0])
    # A line that is indented wrongly is a statement of its own: what it would bind is as unknown.
    separate = lines if isinstance(error, IndentationError) else lines[:1]
    bound = [found for one in separate[:MAX_NAMES] if (found := _TARGETS.match(one)) is not None]
    names = [name for one in bound for name in NAME.findall(one[1])] + _named_function(lines)
    message = _PLACE.sub("", error.msg) if error is not None and error.msg else "this does not parse"
    return Broken(
        span,
        message,
        tuple(dict.fromkeys(names)),
        tuple(dict.fromkeys(NAME.findall(text[targets.end() if targets else 0 :][:MAX_BLOCK])[:MAX_NAMES])),
        line=first + next((index for index, line in enumerate(lines) if line.strip()), 0),
    )


def _named_function(lines: list[str]) -> list[str]:
    """The function or class that broken text begins with, after its decorators: it is meant to be there."""
    indent = _indentation(lines[0])
    for line in lines[:_MOST_HEADER]:
        found = _NAMED.match(line, len(indent)) if line.startswith(indent) else None
        if found is not None:
            return [found[1]]
        if not lines[0].lstrip().startswith("@"):
            break
    return []


def repaired(text: str) -> ast.stmt | None:
    """A half-typed statement with its brackets closed; what is missing becomes ``...``."""
    stripped = text.rstrip()
    stack: list[str] = []
    for character in re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|#.*", "", stripped):
        if character in _CLOSE:
            stack.append(_CLOSE[character])
        elif stack and character == stack[-1]:
            stack.pop()
    closing = "".join(reversed(stack))
    for candidate in (
        stripped + closing,
        stripped.rstrip(",") + closing,
        stripped + "..." + closing,
        stripped + "_" + closing,
    ):
        indented = candidate[:1].isspace()
        tree = parse("if 1:\n" + candidate if indented else candidate)
        if isinstance(tree, ast.Module) and tree.body:
            inner = tree.body[0].body[0] if indented and isinstance(tree.body[0], ast.If) else tree.body[0]
            return moved(inner, -1 if indented else 0)
    return None


def moved(statement: _Statement, lines: int) -> _Statement:
    """A statement that nobody else has, some lines further down."""
    return ast.increment_lineno(statement, lines) if lines else statement


_MOST_BROKEN = 8
"""Functions of one statement that are left out because they do not parse."""


def without_broken_functions(lines: tuple[str, ...]) -> ast.Module | None:
    """A compound statement in which the bodies of functions that do not parse are left out; None where that is not
    what is wrong with it."""
    current = list(lines)
    for _ in range(_MOST_BROKEN if re.match(r"(if|try|with|match|async)\b", lines[0]) else 0):
        tree = parse("\n".join(current))
        if isinstance(tree, ast.Module):
            return tree
        place = _body_around(current, min((tree.lineno or 1) - 1, len(current) - 1))
        if place is None:
            return None
        first, after, indent = place
        empty = [*([""] * (after - first - 1)), f"{indent}    ..."]  # it ends where the function ends
        if current[first:after] == empty:
            return None
        current[first:after] = empty
    return None


def _body_around(lines: list[str], line: int) -> tuple[int, int, str] | None:
    """The lines of the body of the indented function that a line is in, and the function's indentation."""
    for start in range(line, -1, -1):
        found = re.match(r"(\s+)(?:async\s+)?def\b", lines[start])
        if found is None:
            continue
        first = next((one + 1 for one in range(start, len(lines)) if lines[one].rstrip().endswith(":")), len(lines))
        after = first
        while after < len(lines) and (not lines[after].strip() or len(_indentation(lines[after])) > len(found[1])):
            after += 1
        while after > first and not lines[after - 1].strip():
            after -= 1
        return (first, after, found[1]) if first <= line < after else None
    return None


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
