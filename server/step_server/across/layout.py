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
        self._packages: dict[str, set[Path]] | None = None
        self._spaces: dict[str, set[Path]] | None = None
        self._absolute: dict[tuple[Path, str], tuple[Path, Path] | None] = {}

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
        key = (importer.parent, module)
        if key not in self._absolute:
            self._absolute[key] = self._found(importer, module)
        return self._absolute[key]

    def _found(self, importer: Path, module: str) -> tuple[Path, Path] | None:
        parts = _parts(module)
        if not parts or not all(one.isidentifier() for one in parts):
            return None
        loose: tuple[Path, Path] | None = None
        for root in self._roots(importer, parts):
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

    def _roots(self, importer: Path, parts: Sequence[str]) -> Iterator[Path]:
        yield importer.parent
        if not may_be_beside(parts[0]):
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
        elsewhere = self._elsewhere(parts)
        if elsewhere is not None:
            yield elsewhere

    def _elsewhere(self, parts: Sequence[str]) -> Path | None:
        """The one folder of the workspace that holds a top-level package of a name: if there is none with a file of its
        own, one in which the module is."""
        if self._packages is None or self._spaces is None:
            self._packages, self._spaces = self._tops()
        packages = self._packages.get(parts[0], ())
        if packages:
            return next(iter(packages)) if len(packages) == 1 else None
        found = {root for root in self._spaces.get(parts[0], ()) if self.inside(root, parts) is not None}
        files = {root for root in found if (here := self.inside(root, parts)) is not None and here.suffix == ".py"}
        only = files or found
        return next(iter(only)) if len(only) == 1 else None

    def _tops(self) -> tuple[dict[str, set[Path]], dict[str, set[Path]]]:
        """For each name the folders that hold a top-level package of it; and those that hold a folder of it that is no
        package, which Python takes for one."""
        packages: dict[str, set[Path]] = {}
        spaces: dict[str, set[Path]] = {}
        real = {one.parent for one in self.files if one.name == "__init__.py"}
        for folder in {one.parent for one in self.files}:
            for here in (folder, *folder.parents):
                if here.parent in real:
                    continue  # in a package
                if here in real:
                    packages.setdefault(here.name, set()).add(here.parent)
                elif here not in self.folders and any(one in here.parents for one in self.folders):
                    spaces.setdefault(here.name, set()).add(here.parent)
                else:
                    break
        return packages, spaces


def _parts(module: str) -> list[str]:
    return module.split(".") if module else []
