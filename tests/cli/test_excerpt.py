"""The lines that a diagnostic shows."""

from __future__ import annotations

import io

from step.diagnostic import Span
from step_server.cli.excerpt import Label, excerpt
from step_server.cli.paint import Paint


def test_tabs_of_an_indentation_show_where_they_do_not_mix() -> None:
    paint = Paint(io.StringIO())
    lines = ["def f():", "    y = 1", "\tz = 2\t#"]
    text = excerpt([Label(Span(2, 1, 2, 2), "", "^", "error")], lines, 1, paint)
    assert text[1:] == ["3 | →   z = 2   #", "  |     ^"]
    assert excerpt([Label(Span(0, 1, 0, 2), "", "^", "error")], ["\tz"], 1, paint)[1] == "1 |     z"
