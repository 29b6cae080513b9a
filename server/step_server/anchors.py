"""Findings that keep their place while the text around them changes.

A functional check reports lines of the text that it ran. What it says stays true until the operator's meaning changes,
but lines move with every edit above: so each place is kept relative to the declaration that it is in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from step.diagnostic import Diagnostic, Related, Span
from step.source import Module


@dataclass(frozen=True, slots=True)
class Anchored:
    """A diagnostic whose spans count their lines from declarations: ``names`` has the main span's, then one for each
    related place; None is the file itself."""

    diagnostic: Diagnostic
    names: tuple[str | None, ...]

    def in_file(self, module: Module) -> Diagnostic:
        """The diagnostic in the lines of a version of the module."""
        main, *others = self.names
        related = tuple(
            Related(_from(one.span, name, module), one.message)
            for one, name in zip(self.diagnostic.related, others, strict=True)
        )
        return replace(self.diagnostic, span=_from(self.diagnostic.span, main, module), related=related)


def anchor(found: Diagnostic, module: Module) -> Anchored:
    """A diagnostic in the file's lines, kept relative to the declarations of the version that was checked."""
    names = tuple(_declaration(span, module) for span in (found.span, *(one.span for one in found.related)))
    main, *others = names
    related = tuple(
        Related(_to(one.span, name, module), one.message) for one, name in zip(found.related, others, strict=True)
    )
    return Anchored(replace(found, span=_to(found.span, main, module), related=related), names)


def _declaration(span: Span, module: Module) -> str | None:
    block = max((one.line for one in module.blocks if one.line <= span.line), default=None)
    if block is None:
        return None
    return next((one.name for one in module.definitions.values() if one.block == block), None)


def _to(span: Span, name: str | None, module: Module) -> Span:
    return span if name is None else span.shift(-module.definitions[name].block)


def _from(span: Span, name: str | None, module: Module) -> Span:
    known = module.definitions.get(name) if name is not None else None
    return span if known is None else span.shift(known.block)
