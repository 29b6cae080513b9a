"""What an operator means: a fingerprint of its source and of everything that it uses, in the module and beside it.

Two versions of a text in which an operator has the same fingerprint give the same functional check: comments,
docstrings, layout and other operators do not count (6-editor, "On save"). What is imported from a file beside the
module counts as it is on the disk, because that is what a check runs.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from step.source.module import Module
from step.source.neighbours import ByFile, Imported, Stamp, candidates, folder_of, imports_of, read_text, stamp
from step.source.normal import normal_form
from step.source.split import split_blocks, split_lines
from step.source.syntax import names_bound_by

MAX_IMPORTS = 1_000
"""Modules that are followed from one."""


def meaning(module: Module, operator: str) -> str:
    """The fingerprint of an operator, as a hexadecimal number; empty where there is no such operator."""
    return Meanings(module).of(operator)


class Meanings:
    """The fingerprints of one module's operators: what binds and uses which name is found once for all of them."""

    def __init__(self, module: Module) -> None:
        self.module = module
        texts, self._at = _texts(module)
        self._parts = Parts(texts)
        own = set(self._at.values())
        self._always = self._parts.closure(index for index in self._parts.acting if index not in own)
        self._beside = Beside(folder_of(module.path))
        self._known: dict[str, str] = {}

    @property
    def files(self) -> frozenset[Path]:
        """The files beside the module on which some meaning that was asked for depends; also such as are missing."""
        return frozenset(self._beside.seen)

    @property
    def is_current(self) -> bool:
        """Whether the files beside the module are still what they were."""
        return all(stamp(path) == seen for path, seen in self._beside.seen.items())

    def of(self, operator: str) -> str:
        """The fingerprint of an operator; empty where there is no such operator."""
        if operator not in self._known:
            wanted = self.module.operator(operator)
            if wanted is None:
                return ""
            own = [self._at[wanted.line]] if wanted.line in self._at else []
            needed = self._always | self._parts.closure(own, self._always)
            made = hashlib.sha256(self._parts.digest(needed))
            made.update(self._beside.digest(self._parts, needed))
            self._known[operator] = made.hexdigest()[:32]
        return self._known[operator]


def _texts(module: Module) -> tuple[list[str], dict[int, int]]:
    """The module's blocks, each operator apart from the statement that it stands in; which of them is the operator of
    a line."""
    texts = [block.text for block in module.blocks]
    at = {block.line: index for index, block in enumerate(module.blocks)}
    operators = {one.line: one for one in module.operators}
    places = {line: at[line] for line in operators if line in at}
    for line, operator in operators.items():
        if line not in places:
            around = at[max(one for one in at if one <= line)]
            inside = line - module.blocks[around].line
            lines = texts[around].split("\n")
            own = lines[inside : inside + operator.span.end_line + 1]
            indent = own[0][: len(own[0]) - len(own[0].lstrip())]
            lines[inside : inside + len(own)] = [f"{indent}pass", *([""] * (len(own) - 1))]
            texts[around] = "\n".join(lines)
            places[line] = len(texts)
            texts.append(operator.text)
    return texts, places


class Parts:
    """The blocks of a text, and which of them are needed for which."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.parts = [_read(text) for text in texts]
        self.binders: dict[str, list[int]] = {}
        for index, part in enumerate(self.parts):
            for name in part.binds:
                self.binders.setdefault(name, []).append(index)
        self.acting = [index for index, part in enumerate(self.parts) if part.acts]

    def closure(self, start: Iterable[int], known: frozenset[int] = frozenset()) -> frozenset[int]:
        """The blocks with which everything that some blocks use is there; without those that are known."""
        waiting = list(start)
        needed: set[int] = set()
        names: set[str] = set()
        while waiting:
            index = waiting.pop()
            if index not in needed and index not in known:
                needed.add(index)
                for name in self.parts[index].uses - names:
                    waiting.extend(self.binders.get(name, ()))
                names |= self.parts[index].uses
        return frozenset(needed)

    def binding(self, names: Iterable[str]) -> frozenset[int]:
        """The blocks that are needed for some names, and those that act by themselves."""
        return self.closure([*self.acting, *(index for name in names for index in self.binders.get(name, ()))])

    def digest(self, needed: frozenset[int]) -> bytes:
        """The fingerprint of some blocks."""
        return hashlib.sha256(b"".join(self.parts[index].digest for index in sorted(needed))).digest()


Wanted = tuple[str, tuple[str, ...] | None]
"""A module, and the names in it that are used; None: all of it."""


class Beside:
    """What the files in a module's folder mean to it. ``seen`` is every file that was looked for, as it was then."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.seen: dict[Path, Stamp | None] = {}
        self._known: dict[frozenset[Wanted], bytes] = {}

    def digest(self, parts: Parts, needed: frozenset[int]) -> bytes:
        """The fingerprint of what some blocks import, and of what that imports."""
        wanted = frozenset(_wanted(parts, needed, ""))
        if wanted not in self._known:
            found: dict[Wanted, bytes] = {}
            waiting = list(wanted)
            while waiting and len(found) < MAX_IMPORTS:
                one = waiting.pop()
                if one not in found:
                    found[one], more = self._one(one)
                    waiting.extend(more)
            whole = b"".join(repr(one).encode() + value for one, value in sorted(found.items(), key=repr))
            self._known[wanted] = hashlib.sha256(whole).digest()
        return self._known[wanted]

    def _one(self, wanted: Wanted) -> tuple[bytes, Iterable[Wanted]]:
        module, names = wanted
        for path in candidates(self.folder, module):
            self.seen[path] = stamp(path)
            found = _blocks(path) if self.seen[path] is not None else None
            if found is not None:
                package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                needed = frozenset(range(len(found.parts))) if names is None else found.binding(names)
                return found.digest(needed), _wanted(found, needed, package, names or ())
        return b"", ()


def _wanted(parts: Parts, needed: frozenset[int], package: str, passed: Iterable[str] = ()) -> Iterator[Wanted]:
    """What some blocks of a module in a package import: of a module's names those that are used here, or passed on."""
    used = frozenset(passed).union(*(parts.parts[index].uses for index in needed))
    for one in {one for index in needed for one in parts.parts[index].imports}:
        module = one.absolute(package)
        if module is None:
            continue
        above = module.split(".")
        for length in range(1, len(above)):
            yield ".".join(above[:length]), ()
        taken = tuple(sorted(name for name, local in one.names if local in used))
        everything = any(name == "*" for name, _ in one.names) or (not one.names and one.local in used)
        yield module, None if everything else taken
        for name in taken:
            yield f"{module}.{name}", None  # where it is a module of a package


_files: ByFile[Parts] = ByFile()


def _blocks(path: Path) -> Parts | None:
    """The blocks of a file; None where it cannot be read."""
    known = _files.get(path)
    if known is None:
        seen, text = stamp(path), read_text(path)
        if seen is None or text is None:
            return None
        known = Parts(one.text for one in split_blocks(split_lines(text.removeprefix("\ufeff"))))
        _files.put(path, seen, known)
    return known


class _Part:
    """One block: its normal form's digest, what it binds, uses and imports, and whether it acts by itself (an import,
    a call)."""

    __slots__ = ("acts", "binds", "digest", "imports", "uses")

    def __init__(self, text: str) -> None:
        self.binds: frozenset[str] = frozenset()
        self.uses: frozenset[str] = frozenset()
        self.imports: tuple[Imported, ...] = ()
        self.acts = True
        normal = text  # what does not parse may mean anything
        try:
            normal = self._read(_parsed(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.acts = True
        self.digest = hashlib.sha256(normal.encode(errors="surrogatepass")).digest()

    def _read(self, tree: ast.Module) -> str:
        normal = normal_form(tree)
        self.acts = any(not isinstance(one, _QUIET) and not _is_constant(one) for one in tree.body)
        binds = set(normal.globals)
        for one in tree.body:
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                binds.add(one.name)
            elif isinstance(one, (ast.Import, ast.ImportFrom)):
                binds.update(alias.asname or alias.name.split(".")[0] for alias in one.names)
            else:
                targets = one.targets if isinstance(one, ast.Assign) else [one]
                # A name in a target is bound or, as in `table[0] = …`, changed; so may one in any other statement.
                binds.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
                binds.update(_defined_in(one))
        self.binds, self.uses = frozenset(binds), normal.uses
        self.imports = tuple(found for one in normal.imports for found in imports_of(one))
        return normal.text


def _parsed(text: str) -> ast.Module:
    """The statements of a block; of one that is indented, as it stands inside of another."""
    if not text[:1].isspace():
        return ast.parse(text)
    (around,) = ast.parse(f"if 1:\n{text}").body
    return ast.Module(around.body if isinstance(around, ast.If) else [around], [])


def _defined_in(statement: ast.stmt) -> Iterator[str]:
    """The names that definitions, imports and patterns inside of a statement bind."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.ExceptHandler):  # whose name is gone after it
            yield from names_bound_by(node)


def _is_constant(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


_QUIET = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


@lru_cache(maxsize=8192)
def _read(text: str) -> _Part:
    return _Part(text)
