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
    return Meanings(module).of(operator)


class Meanings:
    """The fingerprints of one module's operators: what binds and uses which name is found once for all of them."""

    def __init__(self, module: Module) -> None:
        self.module = module
        others = {one.line for one in module.operators}
        self._parts = [_read(block.text) for block in module.blocks]
        self._binders: dict[str, list[int]] = {}
        self._acting: list[int] = []
        self._at: dict[int, int] = {}
        for index, (block, part) in enumerate(zip(module.blocks, self._parts, strict=True)):
            self._at[block.line] = index
            for name in part.binds:
                self._binders.setdefault(name, []).append(index)
            if part.acts and block.line not in others:
                self._acting.append(index)

    def of(self, operator: str) -> str:
        """The fingerprint of an operator; empty where there is no such operator."""
        wanted = self.module.operator(operator)
        if wanted is None:
            return ""
        waiting = [*self._acting, *([self._at[wanted.line]] if wanted.line in self._at else [])]
        needed: set[int] = set()
        while waiting:
            index = waiting.pop()
            if index not in needed:
                needed.add(index)
                for name in self._parts[index].uses:
                    waiting.extend(self._binders.get(name, ()))
        text = "\n".join(self._parts[index].normal for index in sorted(needed))
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


class _Part:
    """One block: its normal form, what it binds and uses, and whether it acts by itself (an import, a call)."""

    __slots__ = ("acts", "binds", "normal", "uses")

    def __init__(self, text: str) -> None:
        self.binds: frozenset[str] = frozenset()
        self.uses: frozenset[str] = frozenset()
        self.acts = True
        self.normal = text
        try:
            self._read(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # What does not parse may mean anything.
            self.acts, self.normal = True, text

    def _read(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                    node.body = node.body[1:]
        self.acts = any(not isinstance(one, _QUIET) for one in tree.body)
        binds: set[str] = set()
        for one in tree.body:
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                binds.add(one.name)
                binds.update(name for inner in ast.walk(one) if isinstance(inner, ast.Global) for name in inner.names)
            elif isinstance(one, (ast.Import, ast.ImportFrom)):
                binds.update(alias.asname or alias.name.split(".")[0] for alias in one.names)
            else:
                targets = one.targets if isinstance(one, ast.Assign) else [one]
                # A name in a target is bound or, as in `table[0] = …`, changed.
                binds.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        self.binds = frozenset(binds)
        self.uses = frozenset(
            one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Store)
        )
        self.normal = ast.dump(tree)


_QUIET = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Part:
    return _Part(text)
