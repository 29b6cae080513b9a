"""A body's edit in an editor's document: made only where the document then holds what the body says."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp
from step.check import check
from step.source import read
from step_agents import placing as agents_placing
from step_server.placing import placed
from step_server.positions import Positions
from step_server.snapshot import Snapshot

from tests.server.samples import SOLVED

BODY = SOLVED[SOLVED.index("    x0, x1") :]
FIRST = BODY.split("\n", 1)[0]


def snapshot_of(text: str) -> Snapshot:
    module = read(text, "module.py")
    return Snapshot(
        "file:///module.py",
        1,
        text,
        Positions(text.split("\n"), lsp.PositionEncodingKind.Utf16),
        module,
        tuple(check(module)),
    )


def test_a_tabbed_line_is_replaced_and_no_other() -> None:
    second = BODY.split("\n")[1]
    found = placed(snapshot_of(SOLVED.replace(second, "\t" + second.lstrip())), "rms_norm", BODY)
    assert found is not None and found.text == SOLVED
    assert found.range.start.line == found.range.end.line and found.replacement == second


def test_a_document_that_would_hold_something_else_is_not_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = snapshot_of(SOLVED)
    assert placed(snapshot, "rms_norm", BODY) is not None
    monkeypatch.setattr(agents_placing, "place_body", lambda *_: SOLVED.replace(FIRST, f"{FIRST}\n{FIRST}"))
    assert placed(snapshot, "rms_norm", BODY) is None
