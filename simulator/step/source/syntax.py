"""What Python's parser makes of a block of text, whether all of it parses or not."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from step.diagnostic import Span

MAX_BLOCK = 100_000
"""Characters: a longer block is refused, because Python's parser takes memory and time without a bound."""
NAME = re.compile(r"[^\W\d]\w*")


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
        return frozenset(NAME.findall(text if text.isascii() else unicodedata.normalize("NFKC", text)))


def _names_in(node: ast.AST) -> Iterator[str]:
    """The names in a tree, those that it binds too, by a walk that is much quicker than that of ``ast``: every line of
    a file is once gone through here."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        if type(one) is ast.Name:
            yield one.id
            continue
        if type(one) in _BINDERS:  # in a branch that may not run: what the name was before may be what it is after
            yield from names_bound_by(one)
        for value in vars(one).values():
            if isinstance(value, list):
                waiting += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and type(value) is not ast.Load:
                waiting.append(value)


_BINDERS = frozenset(
    (
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.alias, ast.ExceptHandler),
        *(ast.MatchAs, ast.MatchStar, ast.MatchMapping),
    )
)


def names_bound_by(node: ast.AST) -> tuple[str, ...]:
    """The name that a node binds and that is no node of its own."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case ast.ExceptHandler(name=str(name)):
            return (name,)
        case _:
            return captured_by(node)


def captured_by(node: ast.AST) -> tuple[str, ...]:
    """The name that a part of a `match` statement's pattern binds."""
    match node:
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return (name,)
        case _:
            return ()


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


def parse(text: str) -> ast.Module | SyntaxError:
    if len(text) > MAX_BLOCK:
        return too_long(f"{MAX_BLOCK:,} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(f"Python cannot read this: {error or 'nested too deeply'}", ("", 1, 1, ""))


def too_long(most: str) -> SyntaxError:
    return SyntaxError(f"it is longer than {most}", ("", 1, 1, ""))
