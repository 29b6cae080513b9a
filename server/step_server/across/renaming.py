"""A new name for what a module declares, in every file that speaks of it; or why it cannot have it."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.dims import Dim
from step.function import Function
from step.program import Specification
from step.source import Module
from step.types import Unknown

from step_server.across.meaning import Symbol
from step_server.across.searching import Found
from step_server.across.view import View, is_read_only
from step_server.across.world import World
from step_server.finding import is_in
from step_server.refusal import Refused
from step_server.uses import MODULE


@dataclass(frozen=True, slots=True)
class Change:
    """The edits of one file; ``version`` is that of an open document."""

    uri: str
    version: int | None
    edits: tuple[lsp.TextEdit, ...]


def is_ours(symbol: Symbol, world: World) -> bool:
    """Whether a module's name is of the language: a function, a dimension, an operator, its reference. All others
    belong to the Python tools."""
    seen: set[Symbol] = set()  # modules may take a name from one another in a circle
    waiting = [symbol]
    while waiting:
        one = waiting.pop()
        module = world.module(one.path)
        definition = module.definitions.get(one.name) if module is not None else None
        if one in seen or module is None or definition is None:
            continue
        seen.add(one)
        if _is_ours(module, one.name, definition.value):
            return True
        origin = world.meanings.of(one.path, one.name, through=True) if definition.imported else one
        waiting += [origin] if isinstance(origin, Symbol) and origin != one else _taken(one, world)
    return False


def _taken(symbol: Symbol, world: World) -> Iterator[Symbol]:
    """What the imports that bind a module's name may take."""
    view = world.view(symbol.path)
    for _, one in view.imports if view is not None else ():
        if one.local == symbol.name and one.scope == MODULE:
            found = world.meanings.imported(symbol.path, one, through=True)
            if isinstance(found, Symbol):
                yield found


def _is_ours(module: Module, name: str, value: object) -> bool:
    if isinstance(value, (Function, Dim, Specification)):
        return True
    if isinstance(value, Unknown):
        return any(name in (one.name, one.reference) for one in module.operators)
    return isinstance(value, tuple) and bool(value) and all(isinstance(one, Function) for one in value)


def not_a_name(new: str) -> str | None:
    """Why nothing can have a name; None where it can."""
    if not new.isidentifier() or unicodedata.normalize("NFKC", new) != new or new == "__debug__":
        return f"`{new}` is not a name"
    return f"`{new}` is not a name: it is a keyword of Python" if keyword.iskeyword(new) else None


def renamed(symbol: Symbol, new: str, world: World) -> list[Change]:
    """The changes that give a module's name another one. Raises Refused where that would break something, or where it
    is not sure that nothing breaks."""
    refusal = not_a_name(new)
    if new == symbol.name:
        return []
    if refusal is None and hasattr(builtins, new):
        refusal = f"`{new}` is a name of Python's own"
    refusal = refusal or _out_of_reach(symbol, world)
    if refusal is not None:
        raise Refused(refusal)
    changes = []
    for view, found in world.search(symbol, new):
        refusal = "; ".join(_why_not(view, found, symbol, new, world)) or None
        if refusal is not None:
            raise Refused(refusal)
        if found:
            changes.append(_change(view, found, symbol.name, new))
    return changes


def _change(view: View, found: Found, old: str, new: str) -> Change:
    edits = [(span, new) for span in found.spans]
    edits += [(span, f"{new} as {old}") for span in found.renamed_here]
    edits += [(span, f"{old} as {new}") for span in found.kept_there]
    ranges = [(view.positions.range(span), text) for span, text in sorted(edits)]
    return Change(view.uri, view.version, tuple(lsp.TextEdit(place, text) for place, text in ranges))


def _out_of_reach(symbol: Symbol, world: World) -> str | None:
    """Why a name cannot be renamed where it is declared: nobody knows who imports it from there."""
    folders = [one.path for one in world.folders]
    view = world.view(symbol.path)
    if view is not None and not view.is_file:
        return None
    if folders and not any(is_in(symbol.path, one) for one in folders):
        inside = any(one in symbol.path.parents for one in folders)
        where = "in a folder whose files are not looked at" if inside else "outside of the workspace"
        return f"`{symbol.name}` is declared {where} ({symbol.path}): who else imports it is not known"
    return None


def _why_not(view: View, found: Found, symbol: Symbol, new: str, world: World) -> Iterator[str]:
    """The first reason against a new name in a file."""
    where = "" if view.path == symbol.path else f" of {view.name}"
    if found.is_vague:
        yield f"`{symbol.name}` occurs in a statement{where} that does not parse: finish that first"
        return
    if found.mixed is not None:
        place = f"{view.name}, line {found.mixed.line + 1}"
        yield f"what `{symbol.name}` is depends on what runs in {place}: make that sure first"
        return
    if found and is_read_only(view.path):
        yield f"{view.name} is read-only, and `{symbol.name}` occurs in it"
        return
    used = [(line, one) for line, one, _ in view.uses(new) if found.is_local or line in found.blocks]
    if used:
        line = used[0][1].span.line + 1
        yield (
            f"`{new}` is used already in line {line}"
            if not where
            else f"`{new}` is used already in {view.name}, line {line}"
        )
        return
    if found.is_local and view.path.name == "__init__.py" and world.layout.inside(view.path.parent, [new]) is not None:
        yield f"`{new}` is a module of {view.path.parent.name} already"
    elif (
        found.is_local
        and view.path != symbol.path
        and new.startswith("_") > symbol.name.startswith("_")
        and world.meanings.is_by_star(view.path, symbol.name)
    ):
        yield f"{view.name} has `{symbol.name}` from an `import *`, which would not take `{new}`"


def edited(changes: list[Change], *, versioned: bool) -> lsp.WorkspaceEdit:
    """The edit of changes, as the client takes it."""
    if versioned:
        return lsp.WorkspaceEdit(
            document_changes=[
                lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(one.uri, one.version), list(one.edits))
                for one in changes
            ]
        )
    return lsp.WorkspaceEdit(changes={one.uri: list(one.edits) for one in changes})
