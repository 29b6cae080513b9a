"""A walk through one block's statements that tells every name, and the scope that it belongs to.

The walk has a stack of its own and looks at each node once: it goes through every line of a file, and through those of
other files, before a rename is answered.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

from step.diagnostic import Span
from step.source.syntax import MAX_BLOCK, NAME, Broken, Parsed, span_of

from step_server.binding import arguments_of, bound_by
from step_server.noting import Notes
from step_server.uses import MODULE, BlockUses, ImportUse, Member, NameUse, owner

_DEFINED = re.compile(r"\b(?:def|class)[\s\\]+(\w+)")
_AS = re.compile(r"\bas[\s\\]+(\w+)")
_REST = re.compile(r"\*\*[\s\\]*(\w+)")
_WORD = re.compile(r"\b(\w+)")
_PLAIN = frozenset({int, str, type(None), ast.Load, ast.Store, ast.Del})
"""Kinds of values in a node that have no name in them."""


def walked(parsed: Parsed) -> BlockUses:
    """The uses of names in a block."""
    walk = _Walk(parsed)
    for statement in parsed.statements:
        if isinstance(statement, ast.stmt):
            walk.through([(statement, MODULE)], top=statement)
    if parsed.body is not None:
        walk.loose_body(parsed.body)
    broken: set[str] = set()
    for one in (*parsed.statements, *(parsed.body or ())):
        if isinstance(one, Broken):
            broken.update(one.names, one.targets)
    if broken and sum(map(len, parsed.lines)) > MAX_BLOCK:  # nobody reads it, whatever it is
        broken.update(name for line in parsed.lines for name in NAME.findall(line))
    named: dict[str, list[NameUse]] = {}
    for use in sorted({walk.before_bound(one) for one in walk.found}, key=lambda one: one.span):
        named.setdefault(use.name, []).append(use)
    members: dict[str, list[Member]] = {}
    for attr, member in walk.members:
        members.setdefault(attr, []).append(member)
    return BlockUses(
        {name: tuple(uses) for name, uses in named.items()},
        tuple(walk.scopes),
        tuple(walk.imports),
        {name: tuple(several) for name, several in members.items()},
        frozenset(walk.listed),
        walk.lists,
        walk.closed,
        frozenset(broken),
        frozenset(walk.unplaced),
    )


class _Walk(Notes):
    def __init__(self, parsed: Parsed) -> None:
        super().__init__(parsed.lines)
        self.walrus = any(":=" in line for line in parsed.lines)
        self.imports: list[ImportUse] = []
        self.members: list[tuple[str, Member]] = []
        self.listed: set[str] = set()
        self.lists, self.closed = False, True
        self.waiting: list[tuple[ast.AST, int]] = []
        self.top: ast.stmt | None = None
        self.last = MODULE

    def through(self, nodes: Iterable[tuple[ast.AST, int]], top: ast.stmt | None = None) -> None:
        """Goes through nodes, each in its scope."""
        self.top = top
        waiting = self.waiting
        waiting.extend(nodes)
        while waiting:
            node, scope = waiting.pop()
            handler = _HANDLERS.get(type(node))
            if handler is not None:
                handler(self, node, scope)
            else:
                self.children(node, scope)

    def children(self, node: ast.AST, scope: int) -> None:
        waiting = self.waiting
        for value in vars(node).values():
            kind = type(value)
            if kind is list:
                waiting += [(item, scope) for item in value if isinstance(item, ast.AST)]
            elif kind not in _PLAIN and isinstance(value, ast.AST):
                waiting.append((value, scope))

    def loose_body(self, statements: Iterable[ast.stmt | Broken]) -> None:
        """A function's statements where some do not parse: they belong to the function that was just walked through."""
        known = [one for one in statements if isinstance(one, ast.stmt)]
        targets = {name for one in statements if isinstance(one, Broken) for name in one.targets}
        more, outer = bound_by(known, walrus=self.walrus)
        if self.last != MODULE:
            before = self.scopes[self.last]
            owned = (before.owned | more | targets) - outer
            self.scopes[self.last] = before._replace(owned=owned, outer=before.outer | outer)
        self.through((one, self.last) for one in known)

    def name(self, node: ast.Name, scope: int) -> None:
        self.use(node.id, span_of(node, self.lines), scope, binds=type(node.ctx) is not ast.Load)

    def attribute(self, node: ast.Attribute, scope: int) -> None:
        chain: list[ast.Attribute] = [node]
        while isinstance(chain[-1].value, ast.Attribute):
            chain.append(chain[-1].value)
        root = chain[-1].value
        self.waiting.append((root, scope))
        if not isinstance(root, ast.Name):
            return
        path: tuple[str, ...] = ()
        for one in reversed(chain):
            end = span_of(one, self.lines)
            place = Span(end.end_line, end.end_column - len(one.attr), end.end_line, end.end_column)
            if self.lines[place.line][max(place.column, 0) : place.end_column] == one.attr:
                self.members.append((one.attr, Member(root.id, scope, path, place)))
            else:
                self.unplaced.add(one.attr)
            path = (*path, one.attr)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int) -> None:
        self.defined(node, scope)
        given = arguments_of(node.args)
        outside = [*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
        outside += [one.annotation for one in given if one.annotation is not None]
        outside += [node.returns] if node.returns is not None else []
        self.waiting += [(one, scope) for one in outside]
        bound, outer = bound_by(node.body, walrus=self.walrus)
        names = {one.arg for one in given}
        inner = self.enter(scope, (bound | names) - outer, outer)
        for one in given:
            self.argument(one, inner)
        for decorator in node.decorator_list:
            self.input_keys(decorator, names, inner)
        self.waiting += [(one, inner) for one in node.body]
        self.last = inner

    def input_keys(self, decorator: ast.expr, names: set[str], scope: int) -> None:
        """The keys of ``inputs={…}`` are the parameters' names."""
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "inputs" and isinstance(keyword.value, ast.Dict):
                for key in keyword.value.keys:
                    if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value in names:
                        self.text_use(key, key.value, scope)

    def argument(self, one: ast.arg, scope: int) -> None:
        span = span_of(one, self.lines)
        self.use(one.arg, Span(span.line, span.column, span.line, span.column + len(one.arg)), scope, binds=True)

    def anonymous(self, node: ast.Lambda, scope: int) -> None:
        self.waiting += [(one, scope) for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        given = arguments_of(node.args)
        inner = self.enter(scope, frozenset(one.arg for one in given), frozenset())
        for one in given:
            self.argument(one, inner)
        self.waiting.append((node.body, inner))

    def defined(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: int) -> None:
        line = node.lineno - 1
        self.bound_at(node.name, max(line, node.body[0].lineno - 2), scope)
        self.in_text(node.name, _DEFINED, (line, 0), line + 1, scope)

    def class_(self, node: ast.ClassDef, scope: int) -> None:
        self.defined(node, scope)
        outside = [*node.decorator_list, *node.bases, *(one.value for one in node.keywords)]
        self.waiting += [(one, scope) for one in outside]
        bound, outer = bound_by(node.body, walrus=self.walrus)
        inner = self.enter(scope, bound - outer, outer, is_class=True)
        self.waiting += [(one, inner) for one in node.body]

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: int) -> None:
        targets = frozenset(
            one.id for loop in node.generators for one in ast.walk(loop.target) if isinstance(one, ast.Name)
        )
        inner = self.enter(scope, targets, frozenset())
        for index, loop in enumerate(node.generators):
            self.waiting.append((loop.iter, inner if index else scope))
            self.waiting.append((loop.target, inner))
            self.waiting += [(one, inner) for one in loop.ifs]
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        self.waiting += [(one, inner) for one in results]

    def import_(self, node: ast.Import | ast.ImportFrom, scope: int) -> None:
        is_from = isinstance(node, ast.ImportFrom)
        module, level = (node.module or "", node.level) if isinstance(node, ast.ImportFrom) else ("", 0)
        for alias in node.names:
            span = span_of(alias, self.lines)
            local = alias.asname or (alias.name if is_from else alias.name.split(".")[0])
            own = Span(span.line, span.column, span.line, span.column + len(alias.name))
            if alias.asname:
                end = span.end_column
                place = Span(span.end_line, end - len(local), span.end_line, end)
            else:
                place = Span(span.line, span.column, span.line, span.column + len(local))
            if alias.name != "*":
                self.use(local, place, scope, binds=True)
            self.imports.append(
                ImportUse(
                    module if is_from else alias.name,
                    level,
                    alias.name if is_from else None,
                    local,
                    alias.asname is not None,
                    owner(self.scopes, local, scope),
                    own,
                    place,
                    node is self.top,
                )
            )

    def assigned(self, node: ast.Assign, scope: int) -> None:
        self.children(node, scope)
        self.binds_after(node.targets, (node.end_lineno or node.lineno) - 1, scope)
        if scope == MODULE and any(isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets):
            self.all_names(node.value, scope)
        call = node.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, (ast.Attribute, ast.Name)):
            return
        called = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
        if called not in ("dims", "dim"):
            return
        bound = {one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        if called == "dims":
            for keyword in call.keywords:
                if keyword.arg in bound:
                    span = span_of(keyword, self.lines)
                    place = Span(span.line, span.column, span.line, span.column + len(keyword.arg or ""))
                    self.use(str(keyword.arg), place, scope, binds=True, also=True)
        elif call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value in bound:
                self.text_use(first, first.value, scope)

    def extended(self, node: ast.AugAssign | ast.AnnAssign, scope: int) -> None:
        self.children(node, scope)
        self.binds_after([node.target], (node.end_lineno or node.lineno) - 1, scope)
        is_all = isinstance(node.target, ast.Name) and node.target.id == "__all__"
        if scope == MODULE and is_all and node.value is not None:
            self.all_names(node.value, scope)

    def expression(self, node: ast.Expr, scope: int) -> None:
        self.children(node, scope)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr=how), args=args) if scope == MODULE:
                for one in args:
                    self.all_names(one, scope, is_one=how in ("append", "remove"))
                self.closed &= how in ("append", "extend")
            case _:
                pass

    def all_names(self, value: ast.expr, scope: int, *, is_one: bool = False) -> None:
        """The names that ``__all__`` lists are the module's, in quotes."""
        self.lists = True
        waiting = [value]
        while waiting:
            match waiting.pop():
                case ast.List(elts=items) | ast.Tuple(elts=items):
                    waiting += items
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    waiting += [left, right]
                case ast.Constant(value=str(name)) as one if one is not value or is_one:
                    self.listed.add(name)
                    self.text_use(one, name, scope)
                case _:
                    self.closed = False

    def declared_outer(self, node: ast.Global | ast.Nonlocal, scope: int) -> None:
        for name in node.names:
            self.in_text(name, _WORD, (node.lineno - 1, 0), (node.end_lineno or node.lineno) - 1, scope, binds=False)

    def caught(self, node: ast.ExceptHandler, scope: int) -> None:
        self.children(node, scope)
        if node.name and node.type is not None:
            span = span_of(node.type, self.lines)
            self.in_text(node.name, _AS, (span.end_line, span.end_column), span.end_line + 2, scope)

    def captured(self, node: ast.MatchAs | ast.MatchStar, scope: int) -> None:
        self.children(node, scope)
        if node.name:
            end = span_of(node, self.lines)
            place = Span(end.end_line, end.end_column - len(node.name), end.end_line, end.end_column)
            self.use(node.name, place, scope, binds=True)

    def captured_rest(self, node: ast.MatchMapping, scope: int) -> None:
        self.children(node, scope)
        if node.rest:
            span = span_of(node, self.lines)
            self.in_text(node.rest, _REST, (span.line, span.column), span.end_line, scope)


_HANDLERS: dict[type[ast.AST], Callable[[_Walk, Any, int], None]] = {
    ast.Name: _Walk.name,
    ast.Attribute: _Walk.attribute,
    ast.FunctionDef: _Walk.function,
    ast.AsyncFunctionDef: _Walk.function,
    ast.Lambda: _Walk.anonymous,
    ast.ClassDef: _Walk.class_,
    ast.ListComp: _Walk.comprehension,
    ast.SetComp: _Walk.comprehension,
    ast.GeneratorExp: _Walk.comprehension,
    ast.DictComp: _Walk.comprehension,
    ast.Import: _Walk.import_,
    ast.ImportFrom: _Walk.import_,
    ast.Assign: _Walk.assigned,
    ast.AugAssign: _Walk.extended,
    ast.AnnAssign: _Walk.extended,
    ast.Expr: _Walk.expression,
    ast.Global: _Walk.declared_outer,
    ast.Nonlocal: _Walk.declared_outer,
    ast.ExceptHandler: _Walk.caught,
    ast.MatchAs: _Walk.captured,
    ast.MatchStar: _Walk.captured,
    ast.MatchMapping: _Walk.captured_rest,
}
