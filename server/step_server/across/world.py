"""The workspace as it is when a question is asked: open documents as they are in the editor, all else from the disk.

For one question, in a thread: nothing here is shared.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.parse import quote

from step.diagnostic import Span
from step.source import Module, read

from step_server.across.facts import Facts
from step_server.across.layout import Layout
from step_server.across.meaning import Meaning, Meanings, Place, Symbol
from step_server.across.searching import Found, found_in, roots_of, taken_in
from step_server.across.view import View, read_source
from step_server.documents import path_of
from step_server.finding import is_in, python_files
from step_server.indexing import Folder, Indexed, spelled
from step_server.refusal import Refused
from step_server.scopes import use_in
from step_server.uses import MODULE, BlockUses, NameUse

MOST_AROUND = 2_000
"""Files that are looked at where no workspace folder is open."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open document as it is when a question is asked; ``module`` where it was read already."""

    path: Path
    uri: str
    version: int | None
    text: str
    module: Module | None


@dataclass(frozen=True, slots=True)
class Target:
    """What stands at a place: a module's name, or another one of a block. ``span`` and ``name`` are what is written."""

    view: View
    span: Span
    name: str
    symbol: Symbol | None
    place: Place | None = None
    local: tuple[int, NameUse] | None = None


def place_of(uri: str) -> Path:
    """The true path of a document; a made-up one for what is no file, and cannot be imported."""
    path = path_of(uri)
    return Path(os.path.realpath(path)) if path is not None else Path(os.sep, quote(uri, safe=""))


class World:
    """Files by their true paths, read when they are looked at."""

    def __init__(
        self,
        files: Mapping[Path, Indexed],
        opened: Sequence[Opened],
        folders: Sequence[Folder],
        encoding: str,
        stop: Event | None = None,
    ) -> None:
        self.indexed, self.folders, self.encoding, self.stop = files, tuple(folders), encoding, stop or Event()
        self._views: dict[Path, View | None] = {}
        for one in opened:
            text = one.text.removeprefix("\ufeff")
            self._views[one.path] = View(one.path, one.uri, one.version, text, encoding, one.module)
        self.opened = frozenset(path for path, one in self._views.items() if one is not None and one.is_file)
        self.layout = Layout(self.opened | files.keys(), [one.path for one in self.folders])
        self.meanings = Meanings(self.layout, self.view)
        self._modules: dict[Path, Module] = {}

    def view(self, path: Path) -> View | None:
        """A file; None where it is none that can be read."""
        if path not in self._views:
            text = read_source(path) if path.suffix == ".py" else None
            made = View(path, spelled(path, self.folders), None, text, self.encoding) if text is not None else None
            self._views[path] = made
        return self._views[path]

    def module(self, path: Path) -> Module | None:
        """What a file declares."""
        view = self.view(path)
        if view is None or view.module is not None:
            return view.module if view is not None else None
        if path not in self._modules:
            self._modules[path] = read(view.text, str(path))
        return self._modules[path]

    # what stands at a place

    def target(self, path: Path, line: int, column: int, *, through: bool = False) -> Target | None:
        """What stands at a place of a file. ``through``: what it is in the end, however it is called here."""
        view = self.view(path)
        found = view.blocks.at(line) if view is not None else None
        if view is None or found is None:
            return None
        block, uses = found
        for attr, several in uses.members.items():
            for one in several:
                span = one.span.shift(block.line)
                if span.contains(line, column):
                    roots = roots_of(view, block.line, uses, one.root, one.scope, self.meanings)
                    value = next(iter(roots)) if len(roots) == 1 else None
                    for step in one.path:
                        value = self._member(value, step, through=True)
                    return self._target(view, span, attr, self._member(value, attr, through=through))
        for _, imported in view.imports:
            has_own_name = imported.name is None or (imported.is_renamed and imported.name != "*")
            if has_own_name and imported.span.contains(line, column):
                value = self.meanings.imported(path, imported, through=through)
                return self._target(view, imported.span, imported.name or imported.module, value)
        use = use_in(view.blocks, line, column)
        return self._named(view, use, uses, through=through) if use is not None else None

    def _member(self, value: Meaning, attr: str, *, through: bool) -> Meaning:
        return self.meanings.member(value, attr, through=through) if isinstance(value, Place) else None

    def _named(self, view: View, found: tuple[int, NameUse], uses: BlockUses, *, through: bool) -> Target:
        block, use = found
        if use.scope == MODULE:
            return self._target(view, use.span, use.name, self.meanings.of(view.path, use.name, through=through))
        taken, others = taken_in(view, block, uses, use.name, use.scope)
        meanings = {self.meanings.imported(view.path, one, through=through) for one in taken}
        if len(meanings) == 1 and not others and (through or not any(one.is_renamed for one in taken)):
            (value,) = meanings
            if value is not None:
                return self._target(view, use.span, use.name, value)
        return Target(view, use.span, use.name, None, None, found)

    @staticmethod
    def _target(view: View, span: Span, name: str, value: Meaning) -> Target:
        symbol = value if isinstance(value, Symbol) else None
        return Target(view, span, name, symbol, value if isinstance(value, Place) else None)

    # who speaks of it

    def search(self, symbol: Symbol, star: str = "") -> Iterator[tuple[View, Found]]:
        """The files that speak of a name, the one that binds it first. ``star``: those too that take everything of a
        module that has it, and have this other name. Raises Refused where nobody waits for it any longer."""
        for path in (symbol.path, *self._importers(symbol.path)):
            view = self.view(path)
            if view is None:
                continue
            if self.stop.is_set():
                raise Refused("the search for names was ended")  # a part of the places is worse than none
            takes_all = bool(star) and star in view.text and any("*" in one.names for one in view.facts.imports)
            if takes_all or symbol.name in view.text or not view.text.isascii():
                found = found_in(view, symbol, self.meanings)
                if found or takes_all or found.is_vague or found.mixed:
                    yield view, found

    def _importers(self, path: Path) -> list[Path]:
        """The files that may import a file, directly or through others: those whose imports name it, or a package that
        it is in, from which it can be had without another import once somebody has imported it."""
        facts: dict[Path, Facts] = {place: one.facts for place, one in self.indexed.items()}
        for place in self._around(path):
            if place not in facts and (view := self.view(place)) is not None:
                facts[place] = view.facts
        for place in self.opened:
            opened = self.view(place)
            if opened is not None:
                facts[place] = opened.facts
        facts.pop(path, None)
        found: list[Path] = []
        fresh = [path]
        while fresh:
            words = {_called(one) for one in fresh}
            packages = {one.parent for one in fresh if one.name == "__init__.py"}
            above = {part for one in fresh for part in one.parts[:-1]}
            fresh = [
                place
                for place, one in facts.items()
                if not one.words.isdisjoint(words)
                or not one.bound.isdisjoint(above)
                or (one.packages and packages and any(folder in packages for folder in place.parents))
            ]
            found += sorted(fresh)  # who imports it first comes first: what the next one asks is known then
            for place in fresh:
                del facts[place]
        return found

    def _around(self, path: Path) -> Iterator[Path]:
        """The files beside one that is in no workspace folder, and of the package that it is in."""
        if self.folders and any(is_in(path, one.path) for one in self.folders):
            return
        package = path.parent if (path.parent / "__init__.py").is_file() else None
        while package is not None and (package.parent / "__init__.py").is_file():
            package = package.parent
        beside = _beside(path.parent if package is None else package.parent)
        inside = python_files(package, self.stop.is_set) if package is not None else ()
        yield from itertools.islice(itertools.chain(beside, inside), MOST_AROUND)


def _beside(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(Path(one.path) for one in entries if one.name.endswith(".py"))
    except OSError:
        return


def _called(path: Path) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem
