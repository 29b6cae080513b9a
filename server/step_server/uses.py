"""What a walk through a block tells: names, imports, attributes, and the scopes that names belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from step.diagnostic import Span

MODULE = 0
"""The number of the module's own scope."""


class NameUse(NamedTuple):
    """A name in the text. ``scope`` is MODULE, or the number of a function or comprehension of its block; ``also`` are
    other spellings that must change with it: the keyword of a ``step.dims``, the key of ``inputs``, a string of
    ``__all__``. ``inside`` is the innermost scope that it stands in."""

    name: str
    span: Span
    scope: int
    binds: bool
    also: bool = False
    inside: int = MODULE

    def shift(self, lines: int) -> NameUse:
        """The same, ``lines`` further down."""
        return self._replace(span=self.span.shift(lines)) if lines else self


class ImportUse(NamedTuple):
    """A name that an import statement binds. ``name`` is the one in the module that it is from ("*" for all of them);
    None where the module itself is imported. ``span`` is where that name, or the module's, is written, ``scope`` the
    scope that it is bound in, and ``local_span`` where the bound name is written."""

    module: str
    level: int
    name: str | None
    local: str
    is_renamed: bool
    scope: int
    span: Span
    local_span: Span
    is_sure: bool
    """Whether the statement runs whenever the block does."""


class Member(NamedTuple):
    """An attribute of a name, or of an attribute of one: ``root.path….attr``, the root seen from a scope."""

    root: str
    scope: int
    path: tuple[str, ...]
    span: Span


class Scope(NamedTuple):
    """What owns names. The module's is the first; ``outer`` are declared to be the module's."""

    parent: int
    owned: frozenset[str]
    outer: frozenset[str] = frozenset()
    is_class: bool = False


@dataclass(frozen=True, slots=True)
class BlockUses:
    """The uses of one block by their names, in its own lines, and the names in what does not parse, or whose place
    Python does not tell. ``members`` are by the attribute's name, ``listed`` the strings of ``__all__``, which is
    ``closed`` where all of it is told."""

    named: Mapping[str, tuple[NameUse, ...]]
    scopes: tuple[Scope, ...]
    imports: tuple[ImportUse, ...]
    members: Mapping[str, tuple[Member, ...]]
    listed: frozenset[str]
    lists: bool
    closed: bool
    broken: frozenset[str]
    unplaced: frozenset[str]

    def owner(self, name: str, scope: int) -> int:
        """The scope that a name belongs to where it is used in a scope."""
        return owner(self.scopes, name, scope)


def owner(scopes: Sequence[Scope], name: str, inside: int) -> int:
    """The scope that a name belongs to, seen from a scope: classes are not looked into from their functions."""
    scope = inside
    while scope != MODULE:
        one = scopes[scope]
        if name in one.outer:
            return MODULE
        if name in one.owned and (scope == inside or not one.is_class):
            return scope
        scope = one.parent
    return MODULE
