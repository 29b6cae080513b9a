"""Every use of every name in a module, with the scope that it belongs to: what references and renaming go by.

Python's own rules: parameters and what a function assigns are its own, comprehensions have their own targets, all else
is the module's. Uses are found block by block and remembered by the block's text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from step.diagnostic import Span
from step.source import Module
from step.source.parsing import parse_block
from step.source.split import Block
from step.source.syntax import Broken, Parsed, span_of

MODULE = 0


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name in the text. ``scope`` is MODULE, or the number of a function or comprehension of its block; ``also`` are
    other spellings that must change with it: the keyword of a ``step.dims``, the key of ``inputs``."""

    name: str
    span: Span
    scope: int
    binds: bool
    also: bool = False


@dataclass(frozen=True, slots=True)
class BlockUses:
    """The uses of one block, in its own lines, and the names in what does not parse."""

    uses: tuple[NameUse, ...]
    broken: frozenset[str]


def uses(module: Module) -> Iterator[tuple[int, NameUse]]:
    """Every use in the file's lines, with the line of its block, which makes scope numbers unique."""
    for block in module.blocks:
        for one in block_uses(block.text).uses:
            shifted = one.span.shift(block.line)
            yield block.line, NameUse(one.name, shifted, one.scope, one.binds, one.also)


def use_at(module: Module, line: int, column: int) -> tuple[int, NameUse] | None:
    """The use at a position; a use proper before one that merely goes with it."""
    block = max((one for one in module.blocks if one.line <= line), key=lambda one: one.line, default=None)
    if block is None:
        return None
    found = (replace(one, span=one.span.shift(block.line)) for one in block_uses(block.text).uses)
    here = [one for one in found if one.span.contains(line, column)]
    return min(((block.line, one) for one in here), key=lambda pair: pair[1].also, default=None)


def same(module: Module, block: int, use: NameUse) -> list[NameUse]:
    """All uses of what a use stands for, itself included."""
    return [one for _, one in own(module, block, use)]


def own(module: Module, block: int, use: NameUse) -> Iterator[tuple[int, NameUse]]:
    """The same, each with the line of its block."""
    for here in module.blocks:
        if (use.scope != MODULE and here.line != block) or use.name not in here.text:
            continue
        for one in block_uses(here.text).uses:
            if one.name == use.name and one.scope == use.scope:
                yield here.line, replace(one, span=one.span.shift(here.line))


def is_in_broken_text(module: Module, name: str) -> bool:
    """Whether a name occurs in a statement that does not parse, where its uses cannot be told."""
    return any(name in block_uses(block.text).broken for block in module.blocks)


@lru_cache(maxsize=8192)
def block_uses(text: str) -> BlockUses:
    """The uses of names in a block."""
    parsed = parse_block(Block(0, text))
    finder = _Finder(parsed)
    for statement in parsed.statements:
        finder.statement(statement)
    if parsed.body is not None:
        finder.loose_body(parsed.body)
    broken: set[str] = set()
    if parsed.problem is not None:
        broken.update(*(one.names + one.targets for one in _broken(parsed)), set())
    return BlockUses(tuple(dict.fromkeys(finder.found)), frozenset(broken))


def _broken(parsed: Parsed) -> Iterator[Broken]:
    for one in (*parsed.statements, *(parsed.body or ())):
        if isinstance(one, Broken):
            yield one


class _Finder(ast.NodeVisitor):
    """Walks a block with a stack of scopes: each is a number and the names that it owns."""

    def __init__(self, parsed: Parsed) -> None:
        self.lines = parsed.lines
        self.found: list[NameUse] = []
        self.scopes: list[tuple[int, frozenset[str]]] = []
        self.count = MODULE
        self.last: tuple[int, frozenset[str]] | None = None

    def statement(self, one: ast.stmt | Broken) -> None:
        if isinstance(one, ast.stmt):
            self.visit(one)

    def loose_body(self, statements: Iterable[ast.stmt | Broken]) -> None:
        """A function's statements where some do not parse: they belong to the function that was just visited."""
        known = [one for one in statements if isinstance(one, ast.stmt)]
        number, owned = self.last or (MODULE, frozenset())
        targets = {name for one in statements if isinstance(one, Broken) for name in one.targets}
        self.scopes.append((number, owned | _bound(known) | targets))
        for one in known:
            self.visit(one)
        self.scopes.pop()

    def use(self, name: str, span: Span, *, binds: bool, also: bool = False) -> None:
        if self.lines[span.line][span.column : span.end_column] != name:
            return  # inside a format string Python 3.11 does not tell where a name is
        scope = next((number for number, owned in reversed(self.scopes) if name in owned), MODULE)
        self.found.append(NameUse(name, span, scope, binds, also))

    def enter(self, owned: Iterable[str]) -> None:
        self.count += 1
        self.scopes.append((self.count, frozenset(owned)))

    def visit_Name(self, node: ast.Name) -> None:
        self.use(node.id, span_of(node, self.lines), binds=not isinstance(node.ctx, ast.Load))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.use(node.name, self.name_of(node), binds=True)
        for outer in (*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)):
            self.visit(outer)
        arguments = _arguments(node.args)
        for one in arguments:
            if one.annotation is not None:
                self.visit(one.annotation)
        self.enter({one.arg for one in arguments} | _bound(node.body))
        for one in arguments:
            span = span_of(one, self.lines)
            self.use(one.arg, Span(span.line, span.column, span.line, span.column + len(one.arg)), binds=True)
        self.input_keys(node, {one.arg for one in arguments})
        for statement in node.body:
            self.visit(statement)
        self.last = self.scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def input_keys(self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str]) -> None:
        """The keys of ``inputs={…}`` are the parameters' names."""
        for decorator in node.decorator_list:
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            for keyword in keywords:
                if keyword.arg == "inputs" and isinstance(keyword.value, ast.Dict):
                    for key in keyword.value.keys:
                        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value in names:
                            self.text_use(key, key.value)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one)):
            self.visit(default)
        arguments = _arguments(node.args)
        self.enter({one.arg for one in arguments})
        for one in arguments:
            self.use(one.arg, span_of(one, self.lines), binds=True)
        self.visit(node.body)
        self.scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.use(node.name, self.name_of(node), binds=True)
        for outer in (*node.decorator_list, *node.bases, *(one.value for one in node.keywords)):
            self.visit(outer)
        self.enter(_bound(node.body))
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        owned = {one.id for loop in node.generators for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
        self.enter(owned)
        for index, loop in enumerate(node.generators):
            self.visit(loop.target)
            if index:
                self.visit(loop.iter)
            for condition in loop.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = comprehension  # noqa: N815

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.asname:
                span = span_of(alias, self.lines)
                end = span.end_column
                place = Span(span.end_line, end - len(alias.asname), span.end_line, end)
                self.use(alias.asname, place, binds=True)
            elif alias.name != "*":
                name = alias.name.split(".")[0]
                span = span_of(alias, self.lines)
                self.use(name, Span(span.line, span.column, span.line, span.column + len(name)), binds=True)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        call = node.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, (ast.Attribute, ast.Name)):
            return
        bound = {one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        called = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
        if called == "dims":
            for keyword in call.keywords:
                if keyword.arg in bound:
                    span = span_of(keyword, self.lines)
                    place = Span(span.line, span.column, span.line, span.column + len(keyword.arg or ""))
                    self.use(str(keyword.arg), place, binds=True, also=True)
        elif called == "dim" and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value in bound:
                self.text_use(first, first.value)

    def text_use(self, node: ast.Constant, name: str) -> None:
        """A name inside quotes."""
        span = span_of(node, self.lines)
        line = self.lines[span.line] if span.line < len(self.lines) else ""
        match = re.match(rf"""[rRuU]?(['"]){re.escape(name)}\1$""", line[span.column : span.end_column])
        if match and span.line == span.end_line:
            start = span.column + match.end(1)
            self.use(name, Span(span.line, start, span.line, start + len(name)), binds=True, also=True)

    def name_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        line = node.lineno - 1
        text = self.lines[line] if line < len(self.lines) else ""
        match = re.compile(rf"\b(?:def|class)\s+({re.escape(node.name)})\b").search(text)
        start = match.start(1) if match else 0
        return Span(line, start, line, start + len(node.name))


def _arguments(given: ast.arguments) -> list[ast.arg]:
    extra = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *extra]


def _bound(statements: Iterable[ast.stmt]) -> frozenset[str]:
    """The names that statements bind in their own scope, nested scopes apart."""
    names: set[str] = set()
    outer: set[str] = set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                walrus = (one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
                names.update(one.id for one in walrus if isinstance(one, ast.Name))
                continue
            case ast.Import() | ast.ImportFrom():
                names.update(one.asname or one.name.split(".")[0] for one in node.names)
            case ast.Global() | ast.Nonlocal():
                outer.update(node.names)
            case ast.ExceptHandler() if node.name:
                names.add(node.name)
            case _:
                pass
        waiting.extend(ast.iter_child_nodes(node))
    return frozenset(names - outer)
