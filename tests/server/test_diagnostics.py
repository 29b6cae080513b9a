"""Diagnostics: live ones by pull or push, the functional check's apart, stale ones never."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import HOLE, SOLVED, TWICE, WRONG

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(shared: Editor) -> Editor:
    """One server for all: each test has documents of its own."""
    return shared


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def old_editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """One that does not pull, for all."""
    made = await Editor(tmp_path_factory.mktemp("old"), "neovim@v0.7.0").start()
    yield made
    await made.stop()


async def test_a_right_module_has_none(editor: Editor) -> None:
    assert await editor.pull(editor.open(SOLVED)) == []


async def test_a_stream_used_twice_is_told_at_the_second_use_with_the_first(editor: Editor) -> None:
    uri = editor.open(TWICE)
    (found,) = await editor.pull(uri)
    assert (found.code, found.source, found.severity) == ("STEP-AFFINE", "step", lsp.DiagnosticSeverity.Error)
    assert editor.marked(uri, found.range) == "x"
    assert found.range.start.line == editor.at(uri, "(x, scales)").line
    related = found.related_information or []
    assert [editor.marked(uri, one.location.range) for one in related] == ["x", "x"]
    assert "first" in related[0].message


async def test_a_hole_is_an_information(editor: Editor) -> None:
    (found,) = await editor.pull(editor.open(HOLE))
    assert (found.code, found.severity) == ("STEP-HOLE", lsp.DiagnosticSeverity.Information)


async def test_an_unused_stream_is_faded(editor: Editor) -> None:
    uri = editor.open(SOLVED.replace("x0, x1 =", "unused, x9 = step.Copy().apply(x)\n    x0, x1 =", 1).replace(
        "apply(x)\n    squares", "apply(x9)\n    squares"))  # fmt: skip
    (found,) = await editor.pull(uri)
    assert found.code == "STEP-UNUSED" and found.tags == (lsp.DiagnosticTag.Unnecessary,)


async def test_a_syntax_error_in_one_operator_leaves_the_others(editor: Editor) -> None:
    broken = SOLVED.split("@step.operator")[1].replace("rms_norm", "other").replace("Copy().apply(x)", "Copy(.apply(x")
    uri = editor.open(TWICE + "\n@step.operator" + broken)
    codes = [one.code for one in await editor.pull(uri)]
    assert "STEP-AFFINE" in codes and "STEP-SYNTAX" in codes


async def test_edits_bring_and_take_diagnostics(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    editor.replace(uri, "(x1, scales)", "(x0, scales)")
    assert {one.code for one in await editor.pull(uri)} == {"STEP-AFFINE", "STEP-UNUSED"}
    editor.replace(uri, "(x0, scales)", "(x1, scales)")
    assert await editor.pull(uri) == []


async def test_an_unchanged_result_is_not_sent_again(editor: Editor) -> None:
    uri = editor.open(TWICE)
    first = await editor.client.text_document_diagnostic_async(lsp.DocumentDiagnosticParams(editor.document(uri)))
    assert isinstance(first, lsp.RelatedFullDocumentDiagnosticReport)
    editor.replace(uri, "import numpy", "import  numpy")
    again = await editor.client.text_document_diagnostic_async(
        lsp.DocumentDiagnosticParams(editor.document(uri), previous_result_id=first.result_id)
    )
    assert isinstance(again, lsp.RelatedUnchangedDocumentDiagnosticReport)


async def test_a_file_without_step_is_left_alone(editor: Editor) -> None:
    uri = editor.open("import numpy as np\n\ndef f(:\n    return undefined\n")
    assert await editor.pull(uri) == []


async def test_a_client_that_does_not_pull_gets_everything_in_one_push(old_editor: Editor) -> None:
    uri = old_editor.open(WRONG)
    await old_editor.pushed(uri, lambda found: found == [])
    old_editor.save(uri)
    (functional,) = await old_editor.pushed(uri, lambda found: bool(found))
    assert functional.code == "STEP-VALUE"
    old_editor.replace(uri, "\n    squares =", "\n    y = x\n    squares =")
    old_editor.replace(uri, "Map(fn=square).apply(x0)", "Map(fn=square).apply(y)")
    both = await old_editor.pushed(uri, lambda found: any(one.code == "STEP-AFFINE" for one in found))
    assert "STEP-VALUE" not in {one.code for one in both}


async def test_no_push_carries_a_verdict_on_a_text_that_is_gone(old_editor: Editor) -> None:
    uri = old_editor.open(WRONG)
    await old_editor.pushed(uri, lambda found: found == [])
    old_editor.save(uri)
    await old_editor.pushed(uri, bool)
    before = len(old_editor.pushes)
    old_editor.replace(uri, "(scales, x1)", "(x0, x1)")
    await old_editor.status(uri, "rms_norm", "stale")
    await old_editor.request("step/operators", {"textDocument": {"uri": uri}})
    told = [[one.code for one in push.diagnostics] for push in old_editor.pushes[before:]]
    assert told and all("STEP-VALUE" not in codes for codes in told)


async def test_a_verdict_stays_where_only_the_layout_changed(editor: Editor) -> None:
    uri = editor.open(WRONG)
    editor.save(uri)
    await editor.pushed(uri, bool)
    editor.replace(uri, "\n    squares =", "\n    # a remark\n    squares =")
    (found,) = await editor.pushed(uri, bool)
    assert found.code == "STEP-VALUE"
    editor.replace(uri, "# a remark\n", "# a longer remark\n\n")
    assert [one.code for one in await editor.pushed(uri, bool)] == ["STEP-VALUE"]


async def test_a_push_of_an_older_version_never_comes_last(old_editor: Editor) -> None:
    uri = old_editor.open(SOLVED)
    for _ in range(20):
        old_editor.replace(uri, "(x1, scales)", "(x0, scales)")
        old_editor.replace(uri, "(x0, scales)", "(x1, scales)")
    last = await old_editor.pushed(uri, lambda found: found == [])
    assert last == []
    await old_editor.request("step/operators", {"textDocument": {"uri": uri}})
    assert list(old_editor.published[uri].diagnostics) == []


async def test_the_functional_ones_stay_apart_and_go_when_the_meaning_changes(editor: Editor) -> None:
    uri = editor.open(WRONG)
    editor.save(uri)
    (found,) = await editor.pushed(uri, lambda found: bool(found))
    assert found.code == "STEP-VALUE" and "expected" in found.message
    assert editor.marked(uri, found.range) == "rms_norm"
    assert await editor.pull(uri) == []
    editor.replace(uri, "import numpy as np\n", "import numpy as np\n# a comment more\n")
    await editor.pushed(uri, lambda found: [editor.marked(uri, one.range) for one in found] == ["rms_norm"])
    editor.replace(uri, "(scales, x1)", "(x1, scales)")
    await editor.pushed(uri, lambda found: found == [])
    await editor.status(uri, "rms_norm", "stale")


async def test_closing_takes_what_was_pushed(editor: Editor) -> None:
    uri = editor.open(WRONG)
    editor.save(uri)
    await editor.pushed(uri, bool)
    editor.close(uri)
    await editor.until(lambda: editor.published[uri].diagnostics in ([], ()))
