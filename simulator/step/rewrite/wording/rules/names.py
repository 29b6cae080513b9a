"""A name that is not defined: the one that is written like it, or the stream that nothing consumes."""

from __future__ import annotations

from collections.abc import Iterator

from step.diagnostic import Span
from step.primitives import SPELLINGS
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text
from step.source.evaluate import STEP
from step.source.reader.words import close_names
from step.source.synonyms import plain, primitive_meant

RULE, ORDER = "name", 10
MOST = 4
"""Names that are tried for one that is not defined."""


def propose(text: Text) -> Iterator[Rewording]:
    """Each undefined name as one that is defined."""
    for found in text.said("STEP-NAME"):
        written = text.at(found.span)
        module, point, member = written.rpartition(".")
        if point and text.scope.get(module) is STEP:
            for name in _members(member):
                yield _changed(found.span, written, f"{module}.{name}", f"step has no `{member}`, but `{name}`.")
        elif written.isidentifier():
            for name in _meant(text, written, found.span.line):
                yield _changed(found.span, written, name, f"`{written}` is not defined; `{name}` is.")


def _members(name: str) -> list[str]:
    same = [one for one in SPELLINGS if plain(one) == plain(name)]
    synonym = primitive_meant(name)
    found = [*same, *([synonym] if synonym else []), *close_names(name, SPELLINGS, MOST)]
    return list(dict.fromkeys(found))[:MOST]


def _meant(text: Text, name: str, line: int) -> list[str]:
    if text.module is not None and name in SPELLINGS:
        return [f"{text.module}.{name}"]
    earlier = [one for one, numbers in text.bound.items() if any(text.span_of(at).line < line for at in numbers)]
    known = [one for one in (*text.looped(line), *text.inputs, *earlier, *text.scope) if one != name]
    same = [one for one in known if plain(one) == plain(name)]
    free = [one for one in text.unused if one in earlier or one in text.inputs]
    # A stream that nothing consumes is what is missing somewhere: a close one first, then any.
    close = close_names(name, known, MOST)
    found = [*same, *(one for one in close if one in free), *close, *free]
    synonym = primitive_meant(name) if name[:1].isupper() and text.module is not None else None
    if synonym:
        found.append(f"{text.module}.{synonym}")
    return list(dict.fromkeys(found))[:MOST]


def _changed(span: Span, old: str, new: str, why: str) -> Rewording:
    return Rewording(
        f"Change `{old}` to `{new}`",
        why,
        (TextEdit(span, new),),
        (new,) if "." not in new else (),
    )
