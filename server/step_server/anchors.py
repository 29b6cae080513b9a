"""Findings that keep their place while the text around them changes.

A functional check reports lines of the text that it ran. What it says stays true until the operator's meaning changes,
but lines move with every edit above: so each place is kept relative to the declaration that it is in, and to what its
line says, because comments and blank lines inside of a declaration change no meaning either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from step.diagnostic import Diagnostic, Related, Span
from step.source import Module
from step.source.split import split_lines


@dataclass(frozen=True, slots=True)
class Place:
    """What a span counts its lines from: a declaration, None for the file itself; ``text`` is what its first line says,
    for lines that come and go above it inside of the declaration without changing what it means."""

    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Anchored:
    """A diagnostic whose spans count their lines from declarations: ``places`` has the main span's, then one for each
    related place."""

    diagnostic: Diagnostic
    places: tuple[Place, ...]

    def in_file(self, module: Module) -> Diagnostic:
        """The diagnostic in the lines of a version of the module."""
        main, *others = self.places
        related = tuple(
            Related(_from(one.span, place, module), one.message)
            for one, place in zip(self.diagnostic.related, others, strict=True)
        )
        return replace(self.diagnostic, span=_from(self.diagnostic.span, main, module), related=related)


def anchor(found: Diagnostic, module: Module) -> Anchored:
    """A diagnostic in the file's lines, kept relative to the declarations of the version that was checked."""
    places = tuple(_place(span, module) for span in (found.span, *(one.span for one in found.related)))
    main, *others = places
    related = tuple(
        Related(_to(one.span, place, module), one.message) for one, place in zip(found.related, others, strict=True)
    )
    return Anchored(replace(found, span=_to(found.span, main, module), related=related), places)


def _place(span: Span, module: Module) -> Place:
    name = _declaration(span, module)
    lines = _lines(module, name)
    line = span.line - module.definitions[name].block if name is not None else -1
    return Place(name, lines[line].strip() if 0 <= line < len(lines) else "")


def _lines(module: Module, name: str | None) -> Sequence[str]:
    """The lines of a declaration."""
    first = module.definitions[name].block if name is not None else None
    return next((split_lines(one.text) for one in module.blocks if one.line == first), ())


def _declaration(span: Span, module: Module) -> str | None:
    block = max((one.line for one in module.blocks if one.line <= span.line), default=None)
    if block is None:
        return None
    return next((one.name for one in module.definitions.values() if one.block == block), None)


def _to(span: Span, place: Place, module: Module) -> Span:
    return span if place.name is None else span.shift(-module.definitions[place.name].block)


def _from(span: Span, place: Place, module: Module) -> Span:
    known = module.definitions.get(place.name) if place.name is not None else None
    if known is None:
        return span
    lines = _lines(module, place.name)
    same = [line for line, text in enumerate(lines) if text.strip() == place.text] if place.text else []
    moved = min(same, key=lambda line: abs(line - span.line), default=span.line) - span.line
    return span.shift(known.block + moved)
