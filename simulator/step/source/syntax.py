"""Python's own parser, made tolerant: a block, or the statements of a function, even where some do not parse."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from step.diagnostic import Span
from step.source.split import Block, Tolerance, split_blocks, split_lines

MAX_BLOCK = 100_000
"""Characters: a longer block is refused, because Python's parser takes memory and time without a bound."""
MAX_PIECES = 1_000
"""Statements of a body that are parsed one by one where the whole does not parse."""
MAX_NAMES = 10_000
MAX_TEXT = 4_000_000
"""Characters of a file: what is longer is no module that anybody wrote."""
_TARGETS = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*=(?!=)")
_NAME = re.compile(r"[^\W\d]\w*")
_CLOSE = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that does not parse: what it would bind, and every name in it.

    ``span`` is what is wrong, which may be lines below ``line``, where the text begins that could not be read.
    """

    span: Span
    message: str
    targets: tuple[str, ...]
    names: tuple[str, ...]
    repaired: ast.stmt | None = None
    line: int = 0


@dataclass(frozen=True)
class Parsed:
    """A block's statements, in the block's own lines. ``problem`` is the first thing that does not parse.

    ``body`` holds a function's statements, where the function's header parses and some of them do not.
    """

    lines: tuple[str, ...]
    statements: tuple[ast.stmt | Broken, ...]
    problem: Broken | None = None
    body: tuple[ast.stmt | Broken, ...] | None = None

    @cached_property
    def decorates_inside(self) -> bool:
        """Whether anything inside of the block is decorated: told from the lines, before a tree is walked."""
        return any(line[:1] in " \t" and line.lstrip().startswith("@") for line in self.lines if line)

    @cached_property
    def header(self) -> tuple[str, ...] | None:
        """A function's lines before its first statement; None of what is no function, or where they share a line."""
        function = self.statements[0] if len(self.statements) == 1 else None
        if not isinstance(function, ast.FunctionDef) or self.decorates_inside:
            return None
        first = function.body[0]
        before = "".join(self.lines[first.lineno - 1 : first.lineno])[: first.col_offset]
        return None if before.strip() else self.lines[: first.lineno - 1]

    @cached_property
    def header_names(self) -> frozenset[str]:
        """The names on which what the block declares depends: all but those in the bodies of functions and classes."""
        found: set[str] = set()
        for one in self.statements:
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                # Those inside too: an operator that stands there is warned of.
                for node in ast.walk(one) if self.decorates_inside else (one,):
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                        for decorator in node.decorator_list:
                            found.update(_names_in(decorator))
            elif not isinstance(one, Broken):
                found.update(_names_in(one))
        return frozenset(found)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name in the block, and what else is a word of it: told from the lines, without a walk of its tree."""
        text = "\n".join(self.lines)
        # Python takes letters for the same that only look different.
        return frozenset(_NAME.findall(text if text.isascii() else unicodedata.normalize("NFKC", text)))


def _names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def refused(reason: str) -> tuple[Block, Parsed]:
    """What stands for a text that is too long to be read."""
    broken = _broken("", 0, _too_long(reason))
    return Block(0, ""), Parsed(("",), (broken,), broken)


def parse_tolerantly(
    block: Block, tolerance: Tolerance, known: Mapping[str, Parsed], found: list[tuple[Block, Parsed]]
) -> None:
    """Appends the statements of a block to ``found``; those in ``known`` (by their text) are not parsed.

    What does not parse is split again under looser rules, so that a mistake stays in its block.
    """
    remembered = known.get(block.text)
    if remembered is not None:
        found.append((block, remembered))
        return
    tree = _parse(block.text)
    if isinstance(tree, ast.Module):
        found.append((block, Parsed(tuple(split_lines(block.text)), tuple(tree.body))))
        return
    while tolerance < Tolerance.QUOTES:
        tolerance = Tolerance(tolerance + 1)
        parts = split_blocks(split_lines(block.text), "", block.line, tolerance)
        if parts and parts != [block]:
            for part in parts:
                parse_tolerantly(part, tolerance, known, found)
            return
    found.append((block, parse_block(block, tree)))


def parse_block(block: Block, error: SyntaxError | None = None) -> Parsed:
    """The statements of a top-level block (usually one), with positions relative to the block."""
    lines = tuple(split_lines(block.text))
    tree = error or _parse(block.text)
    if isinstance(tree, ast.Module):
        return Parsed(lines, tuple(tree.body))
    broken = _broken(block.text, 0, tree)
    if len(block.text) > MAX_BLOCK:
        # A long table of numbers is nothing that the check needs; a function of that length is.
        is_code = re.match(r"(@|def\b|async\b)", block.text) is not None
        return Parsed(lines, (broken,), broken if is_code else None)
    function = _function_with_broken_body(lines)
    if function is not None:
        header, body = function
        return Parsed(lines, (header,), broken, body)
    around = _without_broken_functions(lines)
    if around is not None:
        return Parsed(lines, tuple(around.body))  # what is broken is told where the functions themselves are read
    repaired = _repair(block.text)
    if repaired is not None:
        return Parsed(lines, (repaired,), broken)
    return Parsed(lines, (broken,), broken)


def parse_statements(text: str) -> Parsed:
    """The statements of a body given as text at any indentation, each on its own where the whole does not parse."""
    lines = split_lines(text)
    if len(text) > MAX_BLOCK:
        refused = _broken(text, 0, _too_long(f"{MAX_BLOCK:,} characters"))
        return Parsed(tuple(lines), (refused,), refused)
    indent = next((line[: len(line) - len(line.lstrip())] for line in lines if line.strip()), "")
    wrapped = _parse("if 1:\n" + text) if indent else _parse(text)
    if isinstance(wrapped, ast.Module):
        body = wrapped.body
        if indent and len(body) == 1 and isinstance(body[0], ast.If):
            return Parsed(tuple(lines), tuple(_moved(statement, -1) for statement in body[0].body))
        if not indent:
            return Parsed(tuple(lines), tuple(body))
    statements, problem = parse_body_lines(lines, indent, 0)
    if problem is None and isinstance(wrapped, SyntaxError):
        problem = _broken(text, 0, wrapped)
    return Parsed(tuple(lines), tuple(statements), problem)


def parse_function(text: str) -> Parsed:
    """A function inside of another statement, as it is indented there; its header, where its body does not parse."""
    parsed = parse_statements(text)
    function = _function_with_broken_body(parsed.lines) if parsed.problem is not None else None
    if function is None:
        return parsed
    return Parsed(parsed.lines, (function[0],), parsed.problem, function[1])


def parse_body_lines(lines: list[str], indent: str, first: int) -> tuple[list[ast.stmt | Broken], Broken | None]:
    """Each statement of a body parsed on its own; positions count from ``first``."""
    statements: list[ast.stmt | Broken] = []
    problem: Broken | None = None
    blocks = split_blocks(lines, indent, first)
    if len(blocks) > MAX_PIECES:
        whole = _broken("\n".join(lines), first, _too_long(f"{MAX_PIECES:,} statements"))
        return [whole], whole
    for block in blocks:
        found, broken = _parse_piece(block, indented=bool(indent))
        statements.extend(found)
        problem = problem or broken
    return statements, problem


@lru_cache(maxsize=256)
def _parse_piece(block: Block, *, indented: bool) -> tuple[tuple[ast.stmt | Broken, ...], Broken | None]:
    """The statements of one block of a body, and what does not parse. Remembered: while somebody types, all but one
    block of a broken body are what they were."""
    tree = _parse("if 1:\n" + block.text) if indented else _parse(block.text)
    if indented and isinstance(tree, ast.Module) and len(tree.body) > 1:
        # What stands further left than the first statement would end the body; it is not silently left out.
        tree = SyntaxError("unindent does not match the first statement", ("", tree.body[1].lineno - 1, 1, ""))
    if isinstance(tree, ast.Module) and tree.body:
        inner = tree.body[0].body if indented and isinstance(tree.body[0], ast.If) else tree.body
        return tuple(_moved(one, block.line - indented) for one in inner), None
    if not block.text.strip() or block.text.lstrip().startswith("#"):
        return (), None
    broken = _broken(block.text, block.line, tree if isinstance(tree, SyntaxError) else None)
    repaired = _repair(block.text)
    return (broken if repaired is None else _moved(repaired, block.line),), broken


def span_of(node: ast.AST, lines: tuple[str, ...]) -> Span:
    """A node's range, with columns in code points (ast counts UTF-8 bytes)."""
    first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
    start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    if 0 <= first == last < len(lines) and lines[first].isascii():  # as nearly always
        return Span(first, start, last, end)
    return Span(first, _column(lines, first, start), last, _column(lines, last, end))


def _column(lines: tuple[str, ...], line: int, offset: int) -> int:
    if not 0 <= line < len(lines):
        return offset
    text = lines[line]
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def _parse(text: str) -> ast.Module | SyntaxError:
    if len(text) > MAX_BLOCK:
        return _too_long(f"{MAX_BLOCK:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(f"Python cannot read this: {error or 'nested too deeply'}", ("", 1, 1, ""))


def _too_long(most: str) -> SyntaxError:
    return SyntaxError(f"it is longer than {most}", ("", 1, 1, ""))


def _broken(text: str, first: int, error: SyntaxError | None) -> Broken:
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
    message = (error.msg if error is not None and error.msg else None) or "this does not parse"
    return Broken(
        span,
        message,
        tuple(dict.fromkeys(name for one in bound for name in _NAME.findall(one[1]))),
        tuple(dict.fromkeys(_NAME.findall(text[targets.end() if targets else 0 :][:MAX_BLOCK])[:MAX_NAMES])),
        line=first + next((index for index, line in enumerate(lines) if line.strip()), 0),
    )


def _repair(text: str) -> ast.stmt | None:
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
        tree = _parse("if 1:\n" + candidate if indented else candidate)
        if isinstance(tree, ast.Module) and tree.body:
            inner = tree.body[0].body[0] if indented and isinstance(tree.body[0], ast.If) else tree.body[0]
            return _moved(inner, -1 if indented else 0)
    return None


def _moved(statement: ast.stmt, lines: int) -> ast.stmt:
    return ast.increment_lineno(statement, lines) if lines else statement


def _function_with_broken_body(
    lines: tuple[str, ...],
) -> tuple[ast.FunctionDef, tuple[ast.stmt | Broken, ...]] | None:
    """A function whose header parses and whose body does not: the header, with the body's statements in it."""
    start = next((index for index, line in enumerate(lines) if re.match(r"\s*(async\s+)?def\b", line)), None)
    if start is None:
        return None
    outer = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    for end in range(start + 1, min(start + 40, len(lines)) + 1):
        head = "\n".join(lines[:end])
        if not head.rstrip().endswith(":"):
            continue
        function = _parse_header(head, outer)
        if function is not None:
            rest = list(lines[end:])
            indent = next((line[: len(line) - len(line.lstrip())] for line in rest if line.strip()), "    ")
            body, _ = parse_body_lines(rest, indent or "    ", end)
            return function, tuple(body)
    return None


@lru_cache(maxsize=64)
def _parse_header(head: str, outer: str) -> ast.FunctionDef | None:
    """A function with a header, indented by ``outer``, and nothing in it; None where that is no header."""
    tree = _parse(("if 1:\n" if outer else "") + f"{head}\n{outer}    ...")
    if not isinstance(tree, ast.Module) or not tree.body:
        return None
    last = tree.body[-1].body[-1] if outer and isinstance(tree.body[-1], ast.If) else tree.body[-1]
    if not isinstance(last, ast.FunctionDef):
        return None
    return ast.increment_lineno(last, -1) if outer else last


_MOST_BROKEN = 8


def _without_broken_functions(lines: tuple[str, ...]) -> ast.Module | None:
    """A compound statement in which the bodies of functions that do not parse are left out; None where that is not
    what is wrong with it."""
    current = list(lines)
    for _ in range(_MOST_BROKEN if re.match(r"(if|try|with|async)\b", lines[0]) else 0):
        tree = _parse("\n".join(current))
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
        while after < len(lines) and (not lines[after].strip() or _indent(lines[after]) > len(found[1])):
            after += 1
        while after > first and not lines[after - 1].strip():
            after -= 1
        return (first, after, found[1]) if first <= line < after else None
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
