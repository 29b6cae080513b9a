"""Python's own parser, made tolerant: a block, or the statements of a function, even where some do not parse."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from step.source.half_typed import (
    broken_at,
    function_by_statements,
    moved,
    parse_body_lines,
    repaired,
    without_broken_functions,
)
from step.source.split import Block, Tolerance, split_blocks, split_lines
from step.source.syntax import MAX_BLOCK, Parsed, parse, too_long

MAX_TEXT = 4_000_000
"""Characters of a file: what is longer is no module that anybody wrote."""


def refused(reason: str) -> tuple[Block, Parsed]:
    """What stands for a text that is too long to be read."""
    broken = broken_at("", 0, too_long(reason))
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
    lines = tuple(split_lines(block.text))
    if any(one.lines[0] == lines[0] for one in known.values()):  # an edit inside: most of its statements are known
        edited = _parse_by_statements(block, lines)
        if edited is not None:
            found.append((block, edited))
            return
    tree = parse(block.text)
    if isinstance(tree, ast.Module):
        found.append((block, Parsed(lines, tuple(tree.body))))
        return
    while tolerance < Tolerance.QUOTES:
        tolerance = Tolerance(tolerance + 1)
        parts = split_blocks(list(lines), "", block.line, tolerance)
        if parts and parts != [block]:
            for part in parts:
                parse_tolerantly(part, tolerance, known, found)
            return
    found.append((block, parse_block(block, tree)))


def _parse_by_statements(block: Block, lines: tuple[str, ...]) -> Parsed | None:
    """What :func:`parse_block` gives for a function, from its statements one by one; None where that is not sure."""
    function = function_by_statements(lines) if len(block.text) <= MAX_BLOCK else None
    if function is None or not function.is_sure:
        return None
    if function.problem is not None:
        return Parsed(lines, (function.header,), function.problem, function.body)
    return Parsed(lines, (function.whole,))


def parse_block(block: Block, error: SyntaxError | None = None) -> Parsed:
    """The statements of a top-level block (usually one), with positions relative to the block."""
    lines = tuple(split_lines(block.text))
    tree = error or parse(block.text)
    if isinstance(tree, ast.Module):
        return Parsed(lines, tuple(tree.body))
    broken = broken_at(block.text, 0, tree)
    if len(block.text) > MAX_BLOCK:
        # A long table of numbers is nothing that the check needs; a function of that length is.
        is_code = re.match(r"(@|def\b|async\b)", block.text) is not None
        return Parsed(lines, (broken,), broken if is_code else None)
    function = function_by_statements(lines)
    if function is not None:
        problem = function.problem if function.is_sure else None
        return Parsed(lines, (function.header,), problem or broken, function.body)
    around = without_broken_functions(lines)
    if around is not None:
        return Parsed(lines, tuple(around.body))  # what is broken is told where the functions themselves are read
    return Parsed(lines, (repaired(block.text) or broken,), broken)


def parse_statements(text: str) -> Parsed:
    """The statements of a body given as text at any indentation, each on its own where the whole does not parse."""
    lines = split_lines(text)
    if len(text) > MAX_BLOCK:
        refused = broken_at(text, 0, too_long(f"{MAX_BLOCK:,} characters"))
        return Parsed(tuple(lines), (refused,), refused)
    indent = next((line[: len(line) - len(line.lstrip())] for line in lines if line.strip()), "")
    wrapped = parse("if 1:\n" + text) if indent else parse(text)
    if isinstance(wrapped, ast.Module):
        body = wrapped.body
        if indent and len(body) == 1 and isinstance(body[0], ast.If):
            return Parsed(tuple(lines), tuple(moved(statement, -1) for statement in body[0].body))
        if not indent:
            return Parsed(tuple(lines), tuple(body))
    statements, problem = parse_body_lines(lines, indent, 0)
    if problem is None and isinstance(wrapped, SyntaxError):
        problem = broken_at(text, 0, wrapped)
    return Parsed(tuple(lines), tuple(statements), problem)


def parse_function(text: str) -> Parsed:
    """A function inside of another statement, as it is indented there; its header, where its body does not parse."""
    parsed = parse_statements(text)
    function = function_by_statements(parsed.lines) if parsed.problem is not None else None
    if function is None:
        return parsed
    return Parsed(parsed.lines, (function.header,), parsed.problem, function.body)
