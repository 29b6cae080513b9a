"""Texts as they come: all position encodings, line ends, tabs, characters of every plane, long files, notebooks."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp
from step.source.split import split_lines
from step_server.edits import apply_changes, offset_of
from step_server.positions import Positions, code_points, units

from tests.server.inside import Inside, position
from tests.server.samples import SOLVED, TWICE, many

CHARACTERS = st.text(st.sampled_from("ab \t\n\ré…𝔻😀\f\u2028\x0b"), max_size=40)
ENCODINGS = ("utf-8", "utf-16", "utf-32")


@given(CHARACTERS, st.integers(0, 40), st.sampled_from(ENCODINGS))
def test_a_position_is_where_it_says(text: str, where: int, encoding: str) -> None:
    offset = min(where, len(text))
    if text[offset - 1 : offset + 1] == "\r\n" and offset:
        offset -= 1
    place = position(text, offset, encoding)
    assert offset_of(text, lsp.Position(**place), encoding) == offset
    line, column = Positions(split_lines(text), encoding).point(lsp.Position(**place))
    again = Positions(split_lines(text), encoding).position(line, column)
    assert {"line": again.line, "character": again.character} == place


@given(st.text("aé…𝔻😀", max_size=20), st.integers(0, 60), st.sampled_from(ENCODINGS))
def test_half_a_character_counts_as_none_of_it(text: str, count: int, encoding: str) -> None:
    taken = code_points(text, count, encoding)
    assert units(text[:taken], encoding) <= count or taken == 0
    if taken < len(text):
        assert units(text[: taken + 1], encoding) > count


@given(CHARACTERS, st.integers(0, 40), st.integers(0, 40), CHARACTERS, st.sampled_from(ENCODINGS))
def test_a_change_replaces_what_it_names(text: str, one: int, two: int, new: str, encoding: str) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    for offset in (start, end):
        if offset and text[offset - 1 : offset + 1] == "\r\n":
            return  # no position is there
    place = lsp.Range(lsp.Position(**position(text, start, encoding)), lsp.Position(**position(text, end, encoding)))
    change = lsp.TextDocumentContentChangePartial(range=place, text=new)
    assert apply_changes(text, [change], encoding) == text[:start] + new + text[end:]


def opened(inside: Inside, text: str, uri: str = "file:///w/a.py") -> str:
    inside.tell(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}
    )
    return uri


def pulled(inside: Inside, uri: str) -> list[dict[str, Any]]:
    return list(inside.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_ranges_are_in_the_clients_units(encoding: str, newline: str) -> None:
    inside = Inside(encoding)
    assert inside.result["capabilities"]["positionEncoding"] == encoding
    text = TWICE.replace("squares", "𝔰é").replace("\n", newline)
    text = text.replace("(x, scales)", "(  # 😀…" + newline + "\t\tx, scales)")
    uri = opened(inside, text)
    (found,) = pulled(inside, uri)
    offset = text.index("x, scales")
    assert found["range"]["start"] == position(text, offset, encoding)
    assert found["range"]["end"] == position(text, offset + 1, encoding)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    hint = inside.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})[0]
    assert hint["position"] == position(text, text.index("𝔰é = ") + len("𝔰é"), encoding)
    assert inside.errors == []
    inside.stop()


def test_a_notebooks_cells_are_left_alone() -> None:
    inside = Inside()
    uri = opened(inside, "import step\n" + TWICE, "vscode-notebook-cell:/w/notebook.ipynb#X1")
    assert pulled(inside, uri) == []
    assert inside.ask("textDocument/codeLens", {"textDocument": {"uri": uri}}) is None
    hover = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 3}}
    assert inside.ask("textDocument/hover", hover) is None
    inside.tell(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x = 1"}]},
    )
    assert inside.errors == []
    inside.stop()


def test_documents_without_a_file_and_with_strange_names() -> None:
    inside = Inside()
    for uri in ("untitled:Untitled-1", "file:///w/na%20me%C3%A9.py", "file:///c%3A/w/a.py", "git:/w/a.py?x#y"):
        opened(inside, TWICE, uri)
        assert [one["code"] for one in pulled(inside, uri)] == ["STEP-AFFINE"]
    assert inside.ask("textDocument/documentSymbol", {"textDocument": {"uri": "file:///w/na me%c3%a9.py"}})
    inside.stop()


def test_a_message_about_a_document_that_nobody_opened() -> None:
    inside = Inside()
    uri = "file:///w/nothing.py"
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x"}]}
    inside.tell("textDocument/didChange", change)
    inside.tell("textDocument/didSave", {"textDocument": {"uri": uri}})
    inside.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert pulled(inside, uri) == []
    assert inside.ask("step/operators", {"textDocument": {"uri": uri}}) == {"operators": []}
    assert inside.ask("step/graph", {"textDocument": {"uri": uri}, "operator": "x"}) is None
    assert inside.errors == []
    inside.stop()


def test_opening_twice_takes_the_newer_text() -> None:
    inside = Inside()
    uri = opened(inside, TWICE)
    opened(inside, SOLVED)
    assert pulled(inside, uri) == []
    inside.stop()


def test_ten_thousand_lines() -> None:
    inside = Inside()
    text = many(650)
    assert text.count("\n") > 9_000
    uri = opened(inside, text)
    assert pulled(inside, uri) == []
    mark = "def rms_norm_400(x):\n    x0, x1 = step.Copy().apply(x)\n"
    place = position(text, text.index(mark) + len(mark))
    started = time.perf_counter()
    change = {"range": {"start": place, "end": place}, "text": "    y = x\n"}
    inside.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]})
    found = pulled(inside, uri)
    print(f"10,000 lines: {1000 * (time.perf_counter() - started):.0f} ms from an edit to its diagnostics")
    assert found == []
    place["line"] += 1
    change = {"range": {"start": place, "end": place}, "text": "    z = step.Identity().apply(y)\n"}
    inside.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3}, "contentChanges": [change]})
    assert {one["code"] for one in pulled(inside, uri)} == {"STEP-AFFINE", "STEP-UNUSED"}
    inside.stop()


def test_a_push_carries_the_version_it_is_about() -> None:
    inside = Inside(pull=False)
    uri = opened(inside, TWICE)
    inside.settle()
    sent = [one["params"] for one in inside.notifications if one["method"] == "textDocument/publishDiagnostics"]
    assert [(one["uri"], one["version"], len(one["diagnostics"])) for one in sent] == [(uri, 1, 1)]
    inside.stop()


def test_a_client_that_takes_no_messages_is_not_told_about_it_for_ever(capsys: pytest.CaptureFixture[str]) -> None:
    inside = Inside()

    def refuse(_: bytes) -> None:
        raise ValueError("full")

    inside.write = refuse  # type: ignore[method-assign]
    opened(inside, "import step\n")
    assert "full" in capsys.readouterr().err
    del inside.write  # type: ignore[attr-defined]
    inside.stop()
