"""Inlay hints: the type of each stream, after the name that it is assigned to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.source import Occurrence
from step.types import StreamType

from step_server import describe
from step_server.server import StepServer
from step_server.snapshot import Snapshot


def register(server: StepServer) -> None:
    """Registers the handler."""

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None or not server.session.settings_of(snapshot.uri).inlay_hints:
            return None
        wanted = snapshot.positions.span(params.range)
        return [
            hint
            for check in snapshot.checks_in(wanted)
            for line, hint in hints(check, snapshot)
            if wanted.line <= line <= wanted.end_line
        ]


def hints(check: OperatorCheck, snapshot: Snapshot) -> Iterator[tuple[int, lsp.InlayHint]]:
    """The hints of an operator, each with its line: one an assigned name, none for a comprehension's own names."""
    inputs = {span for _, span in check.operator.parameters}
    binding = [one for one in check.operator.body.occurrences if one.binds and one.span not in inputs]
    often = Counter(one.span for one in binding)
    for one in binding:
        label = text(check, one) if often[one.span] == 1 else None
        if label is None:
            continue
        line = one.span.end_line + check.operator.line
        kind = check.typing.types[one.values[0]]
        hint = lsp.InlayHint(
            position=snapshot.positions.position(line, one.span.end_column),
            label=f": {label}",
            kind=lsp.InlayHintKind.Type,
            tooltip=f"array {describe.array_shape(kind)}, outermost first" if one.kind == "stream" else None,
            padding_left=False,
        )
        yield line, hint


def text(check: OperatorCheck, one: Occurrence) -> str | None:
    """A name's type; None where it is not known."""
    types = [check.typing.types[value] for value in one.values]
    if not types or not all(_is_shown(kind) for kind in types):
        return None
    if one.kind == "stream":
        return describe.hint(types[0])
    if one.kind == "list":
        same = len(set(types)) == 1
        return f"{len(types)} × {describe.hint(types[0])}" if same else f"{len(types)} × {types[0].element}"
    return None


def _is_shown(kind: StreamType) -> bool:
    return kind.shape is not None and str(kind.element) != "?"
