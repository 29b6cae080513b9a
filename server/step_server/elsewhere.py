"""The same name in other files: where a module has what it imports from, and which modules import what it declares.

Modules are found as the functional check's import finds them: in the folder of the file that imports them
(:mod:`step.source.neighbours`). So who imports a file lies in its folder, or in one above it. Open files count as they
are in the editor, all others as they are on the disk.
"""

from __future__ import annotations

import ast
import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from step.diagnostic import Span
from step.source import Module, read
from step.source.neighbours import candidates, folder_of, read_text, stamp
from step.source.parsing import parse_block
from step.source.split import split_lines
from step.source.syntax import span_of

from step_server.documents import Documents, path_of, uri_of
from step_server.positions import Positions
from step_server.scopes import MODULE, is_in_broken_text, uses
from step_server.session import Session

MOST_FILES = 2_000
"""Files of one folder that are looked at."""
_MOST_STEPS = 32
"""Modules that pass a name on to one another."""


@dataclass(frozen=True)
class File:
    """A module's text: of an open document, with its version, or of a file on the disk."""

    uri: str
    version: int | None
    module: Module
    positions: Positions

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.module.path)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Taken:
    """An import of a module's name, in the file's lines. ``spans`` have to change with the name: the one in the import
    statement, or every ``module.name``; ``local`` is what the name is called here, where it has no other name here."""

    spans: tuple[Span, ...]
    local: str | None


def file_of(path: Path, documents: Documents, text: str | None = None) -> File | None:
    """A module by its path; None where it cannot be read."""
    document = documents.get(uri_of(path))
    if document is not None:
        snapshot = document.snapshot
        return File(document.uri, document.version, snapshot.module, snapshot.positions)
    text = read_text(path) if text is None else text
    if text is None:
        return None
    return File(uri_of(path), None, read(text, str(path)), Positions(split_lines(text), documents.encoding))


def origin(module: Module, name: str, documents: Documents) -> tuple[File, Span] | None:
    """Where a name that a module imports is declared; None where that is no file of the user's."""
    seen: set[tuple[str, str]] = set()
    while (module.path, name) not in seen and len(seen) < _MOST_STEPS:
        seen.add((module.path, name))
        found = _imported(module, name)
        file = file_of(found[0], documents) if found is not None else None
        if found is None or file is None:
            return None
        module, name = file.module, found[1]
        if not name:
            return file, Span(0, 0, 0, 0)
        definition = module.definitions.get(name)
        if definition is None:
            binding = next(
                (one for _, one in uses(module) if one.name == name and one.binds and one.scope == MODULE), None
            )
            return (file, binding.span) if binding is not None else None
        if not definition.imported:
            return file, definition.span
    return None


def _imported(module: Module, name: str) -> tuple[Path, str] | None:
    """The file that a module has a name from, and its name there; empty where it is the module itself."""
    for statement, _ in _imports(module):
        for alias in statement.names:
            if isinstance(statement, ast.ImportFrom):
                if (alias.asname or alias.name) == name or alias.name == "*":
                    path = _from(module, statement)
                    if path is not None:
                        return path, name if alias.name == "*" else alias.name
            elif (alias.asname or alias.name) == name and (path := _file(module, alias.name)) is not None:
                return path, ""
    return None


def _file(module: Module, name: str | None) -> Path | None:
    return _file_in(folder_of(module.path), name)


def _file_in(folder: str, name: str | None) -> Path | None:
    """The file that a module of a folder is; None where there is none."""
    found = candidates(folder, name) if name else ()
    return next((path for path in found if stamp(path) is not None), None)


def _from(module: Module, statement: ast.ImportFrom) -> Path | None:
    """The file that a ``from … import`` names; a relative one counts from the folder that the module is in."""
    if not statement.level:
        return _file(module, statement.module)
    folder = Path(module.path).parent
    for _ in range(statement.level - 1):
        folder = folder.parent
    return _file_in(str(folder), statement.module)


def _imports(module: Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, tuple[int, tuple[str, ...]]]]:
    """The import statements of a module, each with its block's first line and lines."""
    for block in module.blocks:
        if "import" not in block.text:
            continue
        parsed = parse_block(block)
        for statement in parsed.statements:
            for one in ast.walk(statement) if isinstance(statement, ast.AST) else ():
                if isinstance(one, (ast.Import, ast.ImportFrom)):
                    yield one, (block.line, parsed.lines)


def candidates_of(path: Path, folders: Iterable[Path]) -> Mapping[Path, str]:
    """The texts of files that may import a file: those of its folder and of the folders above it up to the workspace's
    that speak of its name. Reads the disk: for a thread."""
    found: dict[Path, str] = {}
    stem = path.parent.name if path.name == "__init__.py" else path.stem
    roots = set(folders)
    folder = path.parent
    while True:
        try:
            with os.scandir(folder) as entries:
                names = sorted(one.name for one in entries if one.name.endswith(".py"))[:MOST_FILES]
        except OSError:
            names = []
        for name in names:
            text = read_text(folder / name) if folder / name != path else None
            if text is not None and "import" in text and stem in text:
                found[folder / name] = text
        if folder in roots or not any(one in folder.parents for one in roots):
            return found
        folder = folder.parent


def local_name(module: Module, line: int, column: int) -> str | None:
    """The name that an import statement gives to what stands at a place of the file."""
    for statement, (first, lines) in _imports(module):
        for alias in statement.names:
            if span_of(alias, lines).shift(first).contains(line, column):
                return alias.asname or alias.name
    return None


async def taken_elsewhere(path: Path, name: str, session: Session) -> list[tuple[File, Taken]]:
    """Every file that has a name from the one that declares it, directly or through others."""
    folders = [Path(folder) for one in session.folders if (folder := path_of(one)) is not None]
    found: list[tuple[File, Taken]] = []
    waiting, seen = [path], {path}
    while waiting and len(seen) < _MOST_STEPS:
        here = waiting.pop()
        texts = await asyncio.to_thread(candidates_of, here, folders)
        for file in importers(here, texts, session.documents):
            one = taken(file, here, name)
            if not one.spans:
                continue
            found.append((file, one))
            if one.local is not None and file.path not in seen:
                seen.add(file.path)
                waiting.append(file.path)
    return found


def importers(path: Path, texts: Mapping[Path, str], documents: Documents) -> Iterator[File]:
    """The files among candidates, and among the open documents, that import a file."""
    places = dict.fromkeys(texts)
    places.update(dict.fromkeys(Path(here) for one in documents if (here := path_of(one.uri)) is not None))
    for place in places:
        if place == path:
            continue
        file = file_of(place, documents, texts.get(place))
        if file is not None and any(_takes(file.module, one, path) for one, _ in _imports(file.module)):
            yield file


def _takes(module: Module, statement: ast.Import | ast.ImportFrom, path: Path) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return _from(module, statement) == path
    return any(_file(module, alias.name) == path for alias in statement.names)


def taken(file: File, path: Path, name: str) -> Taken:
    """What of a file speaks of a name that another file declares."""
    spans: list[Span] = []
    local: str | None = None
    dotted: set[str] = set()
    for statement, (line, lines) in _imports(file.module):
        if not _takes(file.module, statement, path):
            continue
        for alias in statement.names:
            if isinstance(statement, ast.Import):
                if _file(file.module, alias.name) == path:
                    dotted.add(alias.asname or alias.name)
            elif alias.name == name:
                span = span_of(alias, lines)
                spans.append(Span(span.line, span.column, span.line, span.column + len(name)).shift(line))
                local = local or (name if alias.asname in (None, name) else None)
            elif alias.name == "*":
                local = name
    if local is not None:
        spans += [one.span for _, one in uses(file.module) if one.name == name and one.scope == MODULE]
    if dotted:
        spans += _attributes(file.module, dotted, name)
    return Taken(tuple(sorted(set(spans))), local)


def _attributes(module: Module, dotted: set[str], name: str) -> Iterator[Span]:
    for block in module.blocks:
        if name not in block.text:
            continue
        parsed = parse_block(block)
        for statement in (*parsed.statements, *(parsed.body or ())):
            for one in ast.walk(statement) if isinstance(statement, ast.AST) else ():
                if isinstance(one, ast.Attribute) and one.attr == name and ast.unparse(one.value) in dotted:
                    end = span_of(one, parsed.lines)
                    yield Span(end.end_line, end.end_column - len(name), end.end_line, end.end_column).shift(block.line)


def why_not_there(file: File, found: Taken, name: str, new: str) -> str | None:
    """The reason against a new name in a file that imports it; None where there is none."""
    if not found.spans:
        return None
    if is_in_broken_text(file.module, name):
        return f"`{name}` occurs in a statement of {file.name} that does not parse: finish that first"
    if found.local is None:
        return None
    used = next((one for _, one in uses(file.module) if one.name == new), None)
    return f"`{new}` is used already in {file.name}, line {used.span.line + 1}" if used is not None else None
