"""Every place of a file that speaks of a module's name, and how each would have to be written under another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from step.diagnostic import Span

from step_server.across.meaning import Meaning, Meanings, Place, Symbol
from step_server.across.view import View
from step_server.uses import MODULE, BlockUses, ImportUse


@dataclass(frozen=True, slots=True)
class Found:
    """The places of a file that speak of a name. ``renamed_here``: the import statements that have to give it the name
    back that it has here (``from m import new as old``), because here that stands for other things too;
    ``kept_there``: those that have to take something else under its own name (``from m import old as new``).
    ``is_local``: the file's own uses change, those of the whole module or (with ``blocks``) of functions in it;
    ``is_vague``: a statement that does not parse may speak of it too; ``mixed``: where it depends on what runs whether
    it is this name or another one."""

    spans: tuple[Span, ...] = ()
    renamed_here: tuple[Span, ...] = ()
    kept_there: tuple[Span, ...] = ()
    is_local: bool = False
    blocks: tuple[int, ...] = ()
    is_vague: bool = False
    mixed: Span | None = None

    def __bool__(self) -> bool:
        return bool(self.spans or self.renamed_here or self.kept_there)


def found_in(view: View, symbol: Symbol, meanings: Meanings) -> Found:
    """The places of a file that speak of a name."""
    name, path = symbol.name, view.path
    spans: set[Span] = set()
    renamed_here: set[Span] = set()
    kept_there: set[Span] = set()
    blocks: set[int] = set()
    is_local = meanings.of(path, name, through=False) == symbol
    if is_local:
        spans.update(one.span for _, one, _ in view.uses(name) if one.scope == MODULE)
    for block, one in view.imports:
        is_here = is_local and one.scope == MODULE and one.local == name and one.name not in (None, "*")
        if is_here and not one.is_renamed and meanings.imported(path, one, through=False) != symbol:
            spans.discard(one.local_span)
            kept_there.add(one.local_span)
        if one.name != name or meanings.imported(path, one, through=False) != symbol:
            continue
        spans.add(one.span)
        if one.local != name or (one.scope == MODULE and is_local):
            continue
        if one.scope != MODULE and _is_pure(view, block, one, symbol, meanings):
            blocks.add(block)
            spans.update(use.span for line, use, _ in view.uses(name) if line == block and use.scope == one.scope)
        elif not one.is_renamed:
            spans.discard(one.span)
            renamed_here.add(one.span)
    members = dict(_members(view, symbol, meanings))
    spans.update(span for span, is_sure in members.items() if is_sure)
    mixed = next((span for span, is_sure in sorted(members.items()) if not is_sure), None)
    own = [] if is_local else view.bindings(name)
    if own and all(view.lines[span.line][:1] in " \t" for span in own) and meanings.by_star(view, name) == symbol:
        mixed = own[0]
    is_vague = _is_vague(view, name) and (bool(spans or renamed_here) or _is_taken(view, symbol, meanings))
    ordered = tuple(sorted(spans)), tuple(sorted(renamed_here)), tuple(sorted(kept_there))
    return Found(*ordered, is_local, tuple(sorted(blocks)), is_vague, mixed)


def _is_pure(view: View, block: int, one: ImportUse, symbol: Symbol, meanings: Meanings) -> bool:
    """Whether all that a function binds under a name is what an import in it takes."""
    imports = [other for line, other in view.imports if line == block and other.scope == one.scope]
    same = {
        other.local_span
        for other in imports
        if other.local == one.local and meanings.imported(view.path, other, through=False) == symbol
    }
    return all(
        use.span in same
        for line, use, _ in view.uses(one.local)
        if line == block and use.scope == one.scope and use.binds and not use.also
    )


def _members(view: View, symbol: Symbol, meanings: Meanings) -> Iterator[tuple[Span, bool]]:
    """The places where it is an attribute of a module; whether it is for sure."""
    if not view.imports:
        return
    for block, uses in view.blocks.speaking_of(symbol.name):
        for one in uses.members.get(symbol.name, ()):
            found: set[Meaning] = set()
            for root in roots_of(view, block.line, uses, one.root, one.scope, meanings):
                value = root
                for attr in one.path:
                    value = meanings.member(value, attr, through=True) if isinstance(value, Place) else None
                found.add(meanings.member(value, symbol.name, through=False) if isinstance(value, Place) else None)
            if symbol in found:
                yield one.span.shift(block.line), len(found) == 1


def roots_of(view: View, block: int, uses: BlockUses, name: str, scope: int, meanings: Meanings) -> frozenset[Meaning]:
    """What a name in a block stands for, as far as imports tell: all that it may be, where several bind it."""
    owner = uses.owner(name, scope)
    if owner != MODULE:
        imports, others = taken_in(view, block, uses, name, owner)
    else:
        value = meanings.of(view.path, name, through=True)
        if value != Symbol(view.path, name):
            return frozenset({value})
        imports = [one for _, one in view.imports if one.scope == MODULE and one.local == name]
        others = bool(view.bindings(name))
    found = {meanings.imported(view.path, one, through=True) for one in imports}
    return frozenset(found | {None} if others else found)


def taken_in(view: View, block: int, uses: BlockUses, name: str, scope: int) -> tuple[list[ImportUse], bool]:
    """The imports that give a scope of a block a name, and whether something else gives it, too."""
    imports = [one for line, one in view.imports if line == block and one.scope == scope and one.local == name]
    places = {one.local_span for one in imports}
    binds = {one.span.shift(block) for one in uses.named.get(name, ()) if one.scope == scope and one.binds}
    return imports, not binds <= places


def _is_vague(view: View, name: str) -> bool:
    return any(name in uses.broken or name in uses.unplaced for _, uses in view.blocks.speaking_of(name))


def _is_taken(view: View, symbol: Symbol, meanings: Meanings) -> bool:
    """Whether the lines of a file look as if it imported a name, even if they do not parse."""
    for one in view.facts.imports:
        if symbol.name in one.names or "*" in one.names:
            source = meanings.layout.resolve(view.path, one.level, one.module)
            if source is not None and meanings.member(Place(source), symbol.name, through=False) == symbol:
                return True
    return False
