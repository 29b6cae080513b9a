"""Hover on a mistake: what its code means, and what to do. Mistakes that a check on data found are among them."""

from __future__ import annotations

from collections.abc import Iterator

from step.diagnostic import Diagnostic

from step_server import describe
from step_server.explaining import explanation
from step_server.hovers import Hovered
from step_server.locate import Place
from step_server.server import StepServer
from step_server.statuses import holds

ORDER = 80


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The explanations of the mistakes at the place, each code once; a hole explains itself."""
    here = [one for one in found(place, server) if one.span.contains(place.line, place.column)]
    told = {one.code: describe.markdown(text) for one in here if (text := explanation(one.code))}
    if not told:
        return None
    text = "\n\n".join(f"**{code}** {meaning}" for code, meaning in told.items())
    return Hovered(text, here[0].span, extra=True)


def found(place: Place, server: StepServer) -> Iterator[Diagnostic]:
    """What is wrong in the document, in the file's lines."""
    snapshot = place.snapshot
    yield from (one for one in snapshot.diagnostics if one.code != "STEP-HOLE")
    for check, status in server.statuses.of(snapshot):
        if status.findings and holds(status, check, snapshot):
            yield from (one.in_file(snapshot.module) for one in status.findings)
