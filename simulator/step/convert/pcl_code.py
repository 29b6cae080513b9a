"""PCL-lite's snippets of PyTorch, moved into functions of a module: kept as they are written, as far as that goes."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from step.convert.errors import ConvertError


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a function's body, without indentation. ``lists`` tells that it still returns a list."""

    lines: tuple[str, ...]
    lists: bool


def function_code(code: str, where: str) -> Code:
    """A function's body that returns what the language wants: an array, or a tuple of arrays.

    PCL-lite's return a list. Where every ``return`` writes it out, its brackets go; otherwise the code stays as it is.

    Raises:
        ConvertError: the code does not parse.
    """
    text = textwrap.dedent(code).strip("\n").rstrip()
    tree = _parse(f"def f(state, input):\n{textwrap.indent(text, '    ')}", where)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    lists: list[ast.List] = []
    for node in _own_nodes(function):
        if isinstance(node, ast.Return):
            found = _written_lists(node.value)
            if found is None:
                return Code(tuple(text.splitlines()), True)
            lists.extend(found)
    return Code(tuple(_without_brackets(text, lists)), False)


def snippet_code(snippet: str, result: str, where: str) -> list[str]:
    """The lines of a snippet, with its last statement's value kept under a name.

    Raises:
        ConvertError: the snippet does not parse, or does not end with a value.
    """
    text = textwrap.dedent(snippet).strip("\n").rstrip()
    tree = _parse(text, where)
    if not tree.body:
        raise ConvertError(f"{where} is empty")
    last = tree.body[-1]
    lines = text.splitlines()
    if isinstance(last, ast.Expr):
        line = lines[last.lineno - 1]
        before = line.encode()[: last.col_offset].decode()
        lines[last.lineno - 1] = f"{before}{result} = {line[len(before) :]}"
        return lines
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        return [*lines, f"{result} = {last.targets[0].id}"]
    raise ConvertError(f"{where} must end with the value")


def names_in(code: str) -> set[str]:
    """Every name that a piece of code mentions; nothing for code that does not parse."""
    try:
        tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError):
        try:
            tree = ast.parse(f"def f():\n{textwrap.indent(textwrap.dedent(code), '    ')}")
        except (SyntaxError, ValueError, RecursionError):
            return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def constants_in(code: str) -> dict[str, int]:
    """The whole numbers that top-level statements bind to names, and to items of ``ctx``: ``ctx[E] = E_value``."""
    found: dict[str, int] = {}
    for statement in _parse(textwrap.dedent(code), "global").body:
        if not isinstance(statement, ast.Assign):
            continue
        match statement.value:
            case ast.Constant(value=int(value)) if not isinstance(value, bool):
                number = value
            case ast.Name(id=name) if name in found:
                number = found[name]
            case _:
                continue
        for target in statement.targets:
            match target:
                case ast.Name(id=name):
                    found[name] = number
                case ast.Subscript(value=ast.Name(id="ctx"), slice=ast.Name(id=symbol)):
                    found[f"ctx[{symbol}]"] = number
    return found


def _parse(text: str, where: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise ConvertError(f"{where} does not parse: {error.msg} (line {error.lineno}: {error.text or ''})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConvertError(f"{where} does not parse: {error}") from None


def _own_nodes(function: ast.FunctionDef) -> list[ast.AST]:
    """The nodes of a function's body, not those of functions in it."""
    found: list[ast.AST] = []
    rest: list[ast.AST] = list(function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        found.append(node)
        rest.extend(ast.iter_child_nodes(node))
    return found


def _written_lists(value: ast.expr | None) -> list[ast.List] | None:
    """The lists that a returned expression writes out; None if it is anything else."""
    match value:
        case ast.List(elts=elements) if elements and not any(isinstance(one, ast.Starred) for one in elements):
            return [value]
        case ast.IfExp(body=body, orelse=orelse):
            first, second = _written_lists(body), _written_lists(orelse)
            return None if first is None or second is None else [*first, *second]
    return None


def _without_brackets(text: str, lists: list[ast.List]) -> list[str]:
    """The text, with the lists as tuples, or of one field as that field."""
    lines = [line.encode() for line in textwrap.indent(text, "    ").splitlines()]
    edits: list[tuple[int, int, bytes]] = []
    for node in lists:
        assert node.end_lineno is not None and node.end_col_offset is not None
        plain = len(node.elts) == 1 and node.lineno == node.end_lineno
        start, end = (node.lineno - 2, node.col_offset), (node.end_lineno - 2, node.end_col_offset - 1)
        conditional = plain and isinstance(node.elts[0], (ast.IfExp, ast.Lambda))
        if len(node.elts) == 1:
            edits.extend((*at, b"") for at in _trailing_comma(lines, node.elts[0], end))
        edits.append((*start, b"" if plain and not conditional else b"("))
        edits.append((*end, b"" if plain and not conditional else b")"))
    for line, column, replacement in sorted(edits, reverse=True):
        lines[line] = lines[line][:column] + replacement + lines[line][column + 1 :]
    return textwrap.dedent("\n".join(line.decode() for line in lines)).splitlines()


def _trailing_comma(lines: list[bytes], element: ast.expr, end: tuple[int, int]) -> list[tuple[int, int]]:
    """Where a comma stands between an element and the end of its list; comments do not count."""
    assert element.end_lineno is not None and element.end_col_offset is not None
    line, column = element.end_lineno - 2, element.end_col_offset
    while (line, column) < end:
        text = lines[line][column : end[1] if line == end[0] else None].split(b"#", 1)[0]
        at = text.find(b",")
        if at >= 0:
            return [(line, column + at)]
        line, column = line + 1, 0
    return []
