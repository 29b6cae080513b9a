"""Completion in declarations: the dimensions of a stream, the types of its elements, and what an operator is given.

Members of modules and plain names are the Python tools' own; here comes first what only the language knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.dims import Dim
from step.source.evaluate import STEP
from step.source.namespaces import Foreign, Namespace
from step.types import Buffer, Multihot, Scalar, STuple, Tile

from step_server import describe
from step_server.cursor import Frame, scan
from step_server.snapshot import Snapshot

MOST_LINES = 100
"""Lines above a cursor in which its declaration begins."""
Kind = lsp.CompletionItemKind
_WORD = re.compile(r"\w*$")
_TYPES = (Scalar, Buffer, Multihot, Tile, STuple)
Offer = tuple[str, Kind, str]
"""A label, its kind, and what is told beside it."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What a declaring call takes: for each argument by its place, and by its name, what can stand there."""

    places: tuple[str, ...]
    names: Mapping[str, str]


_CALLS: Mapping[str, _Call] = {
    "stream": _Call(("type", "shape", "data", ""), {"data": "data", "scale": "", "ones": ""}),
    "parameter": _Call(("shape", "data", ""), {"data": "data", "scale": ""}),
    "operator": _Call((), {"inputs": "inputs", "outputs": "outputs", "reference": "reference"}),
    "fn": _Call(("type", "type"), {"init": "", "array": "array"}),
    "Buffer": _Call(("type", "shape"), {}),
    "Multihot": _Call(("type", "dim"), {}),
    "Tile": _Call(("type", "shape"), {}),
}


def offered(snapshot: Snapshot, line: int, column: int) -> list[lsp.CompletionItem]:
    """What can stand at a cursor outside of bodies, the best first; nothing where that is not the language's."""
    lines = snapshot.positions.lines
    if not 0 <= line < len(lines):
        return []
    start = line
    while start > max(line - MOST_LINES, 0) and (not lines[start].strip() or lines[start][0] in " \t)]}#"):
        start -= 1
    text = "\n".join([*lines[start:line], lines[line][:column]])
    before = _WORD.sub("", text)
    if before.rstrip().endswith("."):
        return []
    stack, in_text, _ = scan(before)
    if in_text:
        return []
    found = _found(snapshot, stack, is_value=before.rstrip()[-1:] != "{" and before.rstrip()[-1:] != ",")
    return [
        lsp.CompletionItem(label=label, kind=kind, detail=detail or None, sort_text=f"{number:04}")
        for number, (label, kind, detail) in enumerate(dict.fromkeys(found))
    ]


def _found(snapshot: Snapshot, stack: list[Frame], *, is_value: bool) -> Iterator[Offer]:
    for depth, frame in enumerate(reversed(stack)):
        name = _declaring(snapshot, frame)
        if name is None:
            continue
        call = _CALLS[name]
        what = call.names.get(frame.keyword or "", "")
        if frame.keyword is None:
            what = call.places[frame.index] if frame.index < len(call.places) else ""
        if what != "inputs" or (depth and is_value):  # a dictionary: each stream after its name
            yield from _values(snapshot, what, depth)
        if frame.keyword is None and not depth:
            yield from ((f"{one}=", Kind.Property, "") for one in call.names if one not in frame.given)
        return


def _declaring(snapshot: Snapshot, frame: Frame) -> str | None:
    """What of step a call calls."""
    head, _, tail = frame.callee.partition(".")
    known = snapshot.module.definitions.get(head)
    value = known.value if known is not None else None
    if tail:
        return tail if isinstance(value, Namespace) and value.name == "step" and tail in _CALLS else None
    return next((name for name in _CALLS if value is not None and value is STEP.members.get(name)), None)


def _values(snapshot: Snapshot, what: str, depth: int) -> Iterator[Offer]:
    """What can stand at an argument; ``depth`` counts the brackets that are open inside of it."""
    match what:
        case "shape" if not depth:
            yield from ((f"[{one}]", kind, detail) for one, kind, detail in _dims(snapshot))
        case "shape" | "dim":
            yield from _dims(snapshot)
        case "type":
            yield from _types(snapshot)
        case "data":
            yield from ((f'"{one}"', Kind.Value, "") for one in ("normal", "uniform", "ones", "binary"))
        case "array":
            yield from ((f'"{one}"', Kind.Value, "") for one in ("numpy", "torch"))
        case "inputs" | "outputs":
            yield from ((f"{one}stream(", Kind.Function, "") for one in _spelt(snapshot, "stream"))
        case "reference":
            operators = {check.operator.name for check in snapshot.checks}
            known = snapshot.module.definitions.values()
            yield from (
                (one.name, Kind.Function, "")
                for one in known
                if isinstance(one.value, Foreign) and one.name not in operators
            )
        case _:
            return


def _dims(snapshot: Snapshot) -> Iterator[Offer]:
    for one in snapshot.module.definitions.values():
        if isinstance(one.value, Dim):
            yield one.name, Kind.EnumMember, describe.dim_size(one.value)


def _types(snapshot: Snapshot) -> Iterator[Offer]:
    known = [one for one in snapshot.module.definitions.values() if isinstance(one.value, _TYPES)]
    yield from ((one.name, Kind.Class, "" if one.name == str(one.value) else str(one.value)) for one in known)
    if "f32" not in {one.name for one in known}:
        yield from ((f"{one}f32", Kind.Class, "") for one in _spelt(snapshot, "f32"))


def _spelt(snapshot: Snapshot, name: str) -> Iterator[str]:
    """What stands before a member of step where it is not imported by itself."""
    known = snapshot.module.definitions
    if name in known and known[name].value is STEP.members.get(name):
        yield ""
    for one in known.values():
        if isinstance(one.value, Namespace) and one.value.name == "step":
            yield f"{one.name}."
