"""Which file a module is. Nothing is asked of an interpreter: what is imported where is what the folders say.

An absolute import is looked for, first come first served, in the importing file's folder (where the functional check's
import looks first, :mod:`step.source.neighbours`), in the folders above it up to its workspace folder and in the
``src`` beside each, in the other workspace folders, and at last in every folder of the workspace that holds a top-level
package of that name, if it is the only one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from step.source.neighbours import may_be_beside

_MOST_ABOVE = 24
"""Folders above a file that is in no workspace folder."""


class Layout:
    """The files that are known: those of the workspace, and the open ones. All others are looked for on the disk, each
    at most once. For one thread."""

    def __init__(self, files: Iterable[Path], folders: Sequence[Path]) -> None:
        self.files = frozenset(files)
        self.folders = tuple(folders)
        self._on_disk: dict[tuple[Path, bool], bool] = {}
        self._tops: dict[str, list[Path]] | None = None

    def is_file(self, path: Path) -> bool:
        """Whether there is a file."""
        return path in self.files or self._is(path, os.path.isfile)

    def _is_folder(self, path: Path) -> bool:
        return self._is(path, os.path.isdir)

    def _is(self, path: Path, test: Callable[[Path], bool]) -> bool:
        key = (path, test is os.path.isdir)
        known = self._on_disk.get(key)
        if known is None:
            known = self._on_disk[key] = test(path)
        return known

    def folder_of(self, path: Path) -> Path | None:
        """The innermost workspace folder that a file is in."""
        inside = [one for one in self.folders if one in path.parents]
        return max(inside, key=lambda one: len(one.parts), default=None)

    def inside(self, folder: Path, parts: Sequence[str]) -> Path | None:
        """A module of a folder: its file, or the folder of a package that has none of its own."""
        here = folder.joinpath(*parts)
        if not parts:
            package = folder / "__init__.py"
            return package if self.is_file(package) else folder
        for path in (here / "__init__.py", here.with_name(f"{here.name}.py")):
            if self.is_file(path):
                return path
        return here if self._is_folder(here) else None

    def relative(self, importer: Path, level: int, module: str) -> Path | None:
        """What ``from ..module import`` names: the dots count from the folder that the importing file is in."""
        folder = importer.parent
        for _ in range(level - 1):
            folder = folder.parent
        return self.inside(folder, _parts(module))

    def absolute(self, importer: Path, module: str) -> tuple[Path, Path] | None:
        """What ``import module`` names, and the folder that it was found in."""
        parts = _parts(module)
        if not parts or not all(one.isidentifier() for one in parts):
            return None
        loose: tuple[Path, Path] | None = None
        for root in self._roots(importer, parts[0]):
            found = self.inside(root, parts)
            if found is not None and found.suffix == ".py":
                return found, root
            if found is not None and loose is None:
                loose = found, root
        return loose

    def resolve(self, importer: Path, level: int, module: str) -> Path | None:
        """What the module of an import statement is."""
        if level:
            return self.relative(importer, level, module)
        found = self.absolute(importer, module)
        return found[0] if found is not None else None

    def _roots(self, importer: Path, head: str) -> Iterator[Path]:
        yield importer.parent
        if not may_be_beside(head):
            return  # Python's own, or loaded already: at most a file beside the importing one hides it
        stop = self.folder_of(importer)
        here = importer.parent
        yield here / "src"
        for above in importer.parents[1:_MOST_ABOVE]:
            # In no workspace folder, only the packages that the file is in lead further up.
            if here == stop or (stop is None and not self.is_file(here / "__init__.py")):
                break
            yield above
            yield above / "src"
            here = above
        for folder in self.folders:
            yield folder
            yield folder / "src"
        elsewhere = self._top_folders().get(head, ())
        if len(elsewhere) == 1:
            yield elsewhere[0]

    def _top_folders(self) -> dict[str, list[Path]]:
        """For each top-level package the folders that hold one of that name."""
        if self._tops is None:
            self._tops = {}
            packages = {one.parent for one in self.files if one.name == "__init__.py"}
            for package in sorted(packages):
                if package.parent not in packages:
                    self._tops.setdefault(package.name, []).append(package.parent)
        return self._tops


def _parts(module: str) -> list[str]:
    return module.split(".") if module else []
