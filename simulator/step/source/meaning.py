"""What an operator means: a fingerprint of its source and of everything in the module that it uses.

Two versions of a text in which an operator has the same fingerprint give the same functional check: comments,
docstrings, layout and other operators do not count (6-editor, "On save").
"""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache

from step.source.module import Module


def meaning(module: Module, operator: str) -> str:
    """The fingerprint of an operator, as a hexadecimal number; empty where there is no such operator."""
    parts = [_read(block.text) for block in module.blocks]
    binders: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        for name in part.binds:
            binders.setdefault(name, []).append(index)
    wanted = [index for index, part in enumerate(parts) if part.operator == operator]
    if not wanted:
        return ""
    wanted += [index for index, part in enumerate(parts) if part.acts]
    needed: set[int] = set()
    while wanted:
        index = wanted.pop()
        if index in needed:
            continue
        needed.add(index)
        for name in parts[index].uses:
            wanted.extend(binders.get(name, ()))
    text = "\n".join(parts[index].normal for index in sorted(needed))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


class _Part:
    """One block: its normal form, what it binds and uses, and whether it acts by itself (an import, a call)."""

    __slots__ = ("acts", "binds", "normal", "operator", "uses")

    def __init__(self, text: str) -> None:
        self.operator: str | None = None
        self.binds: frozenset[str] = frozenset()
        self.uses: frozenset[str] = frozenset()
        self.acts = True
        self.normal = text
        try:
            self._read(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.acts = True

    def _read(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                    node.body = node.body[1:]
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        binds = {one.id for one in names if isinstance(one.ctx, ast.Store)}
        self.acts = not tree.body or any(
            not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign))
            for one in tree.body
        )
        for one in tree.body:
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                binds.add(one.name)
            if isinstance(one, ast.FunctionDef) and any("operator" in ast.dump(mark) for mark in one.decorator_list):
                self.operator = one.name
            if isinstance(one, (ast.Import, ast.ImportFrom)):
                binds.update(alias.asname or alias.name.split(".")[0] for alias in one.names)
        if not tree.body:
            self.acts = False
        self.binds = frozenset(binds)
        self.uses = frozenset(one.id for one in names if isinstance(one.ctx, ast.Load))
        self.normal = ast.dump(tree)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Part:
    return _Part(text)
