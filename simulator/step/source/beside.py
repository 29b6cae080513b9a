"""What a module takes from files beside it: their declarations, read from their text as the module's own are.

``from helpers import square, D`` gives what ``helpers.py`` in the module's folder declares, because that is what the
functional check's import finds. Files count as they are on the disk; of one that is not there nothing is known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from step.choice import DimSpec
from step.function import Function
from step.source.neighbours import Stamp, candidates, may_be_beside, read_text, stamp

Stamps = tuple[tuple[Path, Stamp | None], ...]
"""Files that were looked for, as they were."""
_MOST = 128
_reading: ContextVar[tuple[Path, ...]] = ContextVar("step_reading_beside", default=())
_MOST_NESTED = 16
_MOST_TEXT = 300_000
"""Characters: it is read while somebody types."""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A file beside a module: what its names stand for in the end, the dimensions that it declares, and what its
    functions are written in."""

    scope: Mapping[str, object]
    dims: tuple[DimSpec, ...]
    array: str
    stamps: Stamps

    @property
    def is_current(self) -> bool:
        """Whether no file that it was read from has changed."""
        return all(stamp(path) == seen for path, seen in self.stamps)

    @property
    def public(self) -> Mapping[str, object]:
        """What ``from … import *`` takes."""
        return {name: value for name, value in self.scope.items() if name.isidentifier() and not name.startswith("_")}

    def taken(self, name: str, local: str) -> object | None:
        """What a name stands for where it is imported under another one; None where it is not declared."""
        return named_here(self.scope[name], local) if name in self.scope else None


@dataclass(frozen=True, slots=True)
class Beside:
    """Where a module looks for others: in a folder; ``package`` is what relative imports count from."""

    folder: str
    package: str = ""

    def get(self, module: str) -> Neighbour | None:
        """A module in the folder; the very same as long as no file changes."""
        if not self.folder or not may_be_beside(module):
            return None
        for path in candidates(self.folder, module):
            seen = stamp(path)
            if seen is not None:
                return self._read(path, seen, module)
        return None

    def looked_for(self, module: str) -> Stamps:
        """The files that a module could be, as they are now."""
        found = candidates(self.folder, module) if may_be_beside(module) else ()
        return tuple((path, stamp(path)) for path in found)

    def _read(self, path: Path, seen: Stamp, module: str) -> Neighbour | None:
        key = (self.folder, path)
        with _lock:
            known = _known.get(key)
        if known is not None and known.is_current:
            return known
        above = _reading.get()
        text = read_text(path) if path not in above and len(above) < _MOST_NESTED else None
        if text is None or len(text) > _MOST_TEXT or "step" not in text:
            return None  # a circle gives nothing, as it gives nothing, or half a module, when it runs
        from step.source.module import ModuleReader

        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        token = _reading.set((*above, path))
        try:
            reader = ModuleReader(Beside(self.folder, package))
            found = reader.read(text, str(path))
        finally:
            _reading.reset(token)
        made = Neighbour(reader.scope, tuple(found.dims.values()), reader.array, ((path, seen), *found.beside))
        with _lock:
            _known[key] = made
            _known.move_to_end(key)
            while len(_known) > _MOST:
                _known.popitem(last=False)
        return made


_known: OrderedDict[tuple[str, Path], Neighbour] = OrderedDict()
_lock = Lock()


def named_here(value: object, name: str) -> object:
    """A value under the name that it is reached by: a function is called as a body writes it."""
    if isinstance(value, Function):
        return replace(value, name=name)
    if isinstance(value, tuple):
        return tuple(named_here(one, f"{name}[{index}]") for index, one in enumerate(value))
    return value
