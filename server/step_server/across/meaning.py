"""What a name of a module stands for: something that a module declares, or a module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from step_server.across.layout import Layout
from step_server.across.view import View
from step_server.uses import MODULE, ImportUse

MOST_STEPS = 64
"""Modules that pass a name on to one another."""
MOST_LOOKS = 5_000
"""Modules that are looked at for one name: where many take everything of one another."""


class Symbol(NamedTuple):
    """A name that a module binds, by itself or with something of another module."""

    path: Path
    name: str


class Place(NamedTuple):
    """A module: its file, or the folder of a package that has none of its own."""

    path: Path


Meaning = Symbol | Place | None


class Meanings:
    """Follows names through imports. For one question: files count as they are when they are first looked at."""

    def __init__(self, layout: Layout, view: Callable[[Path], View | None]) -> None:
        self.layout, self.view = layout, view
        self._known: dict[tuple[Path, str, bool], Meaning] = {}
        self._asking: set[tuple[Path, str, bool]] = set()
        self._steps = 0
        self._circled = False

    def of(self, path: Path, name: str, *, through: bool) -> Meaning:
        """What a module's name stands for. ``through``: what it is in the end, however it is called on the way; else a
        name that is imported under another one (`as`) is a name of its own."""
        key = (path, name, through)
        if key in self._known:
            return self._known[key]
        if not self._asking:
            self._steps, self._circled = 0, False
        self._steps += 1
        if key in self._asking or len(self._asking) >= MOST_STEPS or self._steps > MOST_LOOKS:
            self._circled = True
            return None  # a circle gives nothing; but what is asked inside of it is not known for that
        self._asking.add(key)
        try:
            found = self._of(path, name, through)
        finally:
            self._asking.discard(key)
        if found is not None or not self._circled or not self._asking:
            self._known[key] = found
        return found

    def _of(self, path: Path, name: str, through: bool) -> Meaning:
        view = self.view(path)
        if view is None:
            return None
        own = view.bindings(name)
        imports = [one for _, one in view.imports if one.local == name and one.scope == MODULE and one.name != "*"]
        # An import that may not run, or may fail, does not hide for sure what `import *` brought before it.
        hiding = [span.line for span in own] + [one.local_span.line for one in imports if one.is_sure]
        star = self.by_star(view, name, max(hiding, default=-1), through=through)
        if star is not None:
            return star
        if own:
            return Symbol(path, name)
        found = {(self.imported(path, one, through=through), one.is_renamed and one.name != name) for one in imports}
        if not found:
            return None
        meaning, renamed = next(iter(found))
        if len(found) > 1 or meaning is None or (renamed and isinstance(meaning, Symbol) and not through):
            return Symbol(path, name)
        return meaning

    def by_star(self, view: View, name: str, after: int = -1, *, through: bool = False) -> Meaning:
        """What an ``import *`` brings under a name, if it comes after the name's other bindings."""
        for _, one in reversed(view.imports):
            if one.name == "*" and one.scope == MODULE and one.span.line > after:
                source = self.layout.resolve(view.path, one.level, one.module)
                if source is not None and source != view.path and self.gives(source, name):
                    # A module of the package only where `__all__` names it: then Python imports it for that.
                    found = self.of(source, name, through=through) or self._listed(source, name, through=through)
                    if found is not None:
                        return found
        return None

    def is_by_star(self, path: Path, name: str) -> bool:
        """Whether a module has a name from an ``import *``."""
        view = self.view(path)
        return (
            view is not None
            and not view.bindings(name)
            and not any(one.local == name and one.scope == MODULE and one.name != "*" for _, one in view.imports)
        )

    def gives(self, path: Path, name: str) -> bool:
        """Whether ``from module import *`` would take a name, if the module has it."""
        view = self.view(path)
        listed = view.all_names if view is not None else None
        if listed is None:
            return not name.startswith("_")
        return name in listed[0] or (not listed[1] and not name.startswith("_"))

    def _listed(self, path: Path, name: str, *, through: bool) -> Meaning:
        view = self.view(path)
        listed = view.all_names if view is not None else None
        return self.member(Place(path), name, through=through) if listed is not None and name in listed[0] else None

    def imported(self, path: Path, one: ImportUse, *, through: bool) -> Meaning:
        """What an import of a module binds."""
        if one.name is not None:
            source = self.layout.resolve(path, one.level, one.module)
            return self.member(Place(source), one.name, through=through) if source is not None else None
        found = self.layout.absolute(path, one.module)
        if found is None:
            return None
        if one.is_renamed:
            return Place(found[0])
        head = self.layout.inside(found[1], [one.module.split(".")[0]])
        return Place(head) if head is not None else None

    def member(self, place: Place, name: str, *, through: bool) -> Meaning:
        """What ``module.name`` stands for: a name of the module, or else a module in it."""
        folder = place.path
        if place.path.suffix == ".py":
            found = self.of(place.path, name, through=through)
            if found is not None or place.path.name != "__init__.py":
                return found
            folder = place.path.parent
        inside = self.layout.inside(folder, [name]) if name.isidentifier() else None
        return Place(inside) if inside is not None else None
