"""Hover on a mistake: what its code means, and what to do."""

from __future__ import annotations

from step.check import explain

from step_server import describe
from step_server.hovers import Hovered
from step_server.locate import Place
from step_server.server import StepServer

ORDER = 80


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The explanations of the mistakes at the place, each code once; a hole explains itself."""
    check = place.check
    if check is None:
        return None
    here = [one for one in check.diagnostics if one.span.contains(*place.local) and one.code != "STEP-HOLE"]
    told = {one.code: describe.markdown(explain(one.code)) for one in here if explain(one.code)}
    if not told:
        return None
    text = "\n\n".join(f"**{code}** {meaning}" for code, meaning in told.items())
    return Hovered(text, place.in_file(here[0].span), extra=True)
