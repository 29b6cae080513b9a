"""Code actions: quick fixes that mend, fix all, synthesis and repair."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import HOLE, SOLVED, TWICE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def fixes(
    editor: Editor, uri: str, mark: str, shift: int = 0, only: list[str] | None = None
) -> list[lsp.CodeAction]:
    place = editor.at(uri, mark, shift)
    return await editor.actions(uri, lsp.Range(place, place), only)


async def mended(editor: Editor, text: str, mark: str, title: str, shift: int = 0) -> str:
    """The text after the fix of a title at a place; the server finds no error in it."""
    uri = editor.open(text)
    found = await fixes(editor, uri, mark, shift)
    chosen = next((one for one in found if title in one.title), None)
    assert chosen is not None, [one.title for one in found]
    assert chosen.edit is not None
    editor.apply(chosen.edit)
    left = [one for one in await editor.pull(uri) if one.severity == lsp.DiagnosticSeverity.Error]
    assert left == []
    return editor.texts[uri]


async def test_insert_copy(shared: Editor) -> None:
    uri = shared.open(TWICE)
    found = await fixes(shared, uri, "(x, scales)", 1)
    best = found[0]
    assert "Copy" in best.title and best.is_preferred and best.diagnostics
    assert best.diagnostics[0].code == "STEP-AFFINE"
    text = await mended(shared, TWICE, "(x, scales)", "Copy", 1)
    assert "= step.Copy().apply(x)" in text and text.count("\n") == TWICE.count("\n") + 1


async def test_right_count_of_a_repeat(shared: Editor) -> None:
    assert "Repeat(n=D)" in await mended(shared, SOLVED.replace("n=D", "n=N"), "scales))", "Repeat D times", 3)


async def test_right_order_of_a_pair(shared: Editor) -> None:
    text = SOLVED.replace("step.fn((f32, f32), f32)", "step.fn((f32, step.Buffer(f32, [N])), f32)")
    uri = shared.open(text)
    assert any(one.code == "STEP-TYPE" for one in await shared.pull(uri))


async def test_the_name_that_was_meant(shared: Editor) -> None:
    assert await mended(shared, SOLVED.replace("fn=square", "fn=sqare"), "fn=sqare", "`square`", 5) == SOLVED


async def test_a_primitive_without_its_module(shared: Editor) -> None:
    text = SOLVED.replace("step.Copy()", "Copy()")
    assert await mended(shared, text, "Copy()", "`step.Copy`", 1) == SOLVED
    imported = await mended(shared, text, "Copy()", "Import `Copy`", 1)
    assert "from step import Copy\n" in imported


async def test_import_of_step(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("import step\n", "").replace("from step import f32\n", "f32 = 'f32'\n"))
    found = await fixes(shared, uri, "@step.operator", 2)
    assert [one.title for one in found] == ["Import step"]
    assert found[0].edit is not None
    shared.apply(found[0].edit)
    assert shared.texts[uri].startswith('"""Root-mean-square normalisation."""\nimport numpy as np\nimport step\n')


async def test_import_of_step_where_only_its_members_are_imported(shared: Editor) -> None:
    text = SOLVED.replace("import step\n", "")
    uri = shared.open(text)
    told = [one.message for one in await shared.pull(uri)]
    assert told == ["`step` is not defined: add `import step`"]
    found = await fixes(shared, uri, "@step.operator", 2)
    assert [one.title for one in found] == ["Import step"]
    assert found[0].edit is not None
    shared.apply(found[0].edit)
    assert "import step\n" in shared.texts[uri] and await shared.pull(uri) == []


async def test_a_missing_return(shared: Editor) -> None:
    text = SOLVED.replace("    return step.Map(fn=div)", "    result = step.Map(fn=div)")
    assert (await mended(shared, text, "rms_norm(x)", "Return `result`", 1)).endswith("    return result\n")


async def test_a_tuple_for_apply(shared: Editor) -> None:
    assert await mended(shared, SOLVED.replace("((x1, scales))", "(x1, scales)"), "scales)", "tuple", 2) == SOLVED


async def test_parameters_as_declared(shared: Editor) -> None:
    text = SOLVED.replace("def rms_norm(x)", "def rms_norm(rows)")
    uri = shared.open(text)
    found = await fixes(shared, uri, "rms_norm(rows)", 10)
    assert "Take `(x)`" in [one.title for one in found]


async def test_fix_all(shared: Editor) -> None:
    again = TWICE.split("@step.operator")[1].replace("rms_norm", "other")
    text = TWICE + "\n\n@step.operator" + again
    uri = shared.open(text)
    (action,) = await fixes(shared, uri, "import step", 0, ["source.fixAll"])
    assert action.kind == "source.fixAll.step" and action.edit is not None
    shared.apply(action.edit)
    assert await shared.pull(uri) == []
    assert shared.texts[uri].count("step.Copy().apply(x)") == 2


async def test_fix_all_keeps_line_ends(shared: Editor) -> None:
    uri = shared.open(TWICE.replace("\n", "\r\n"))
    (action,) = await fixes(shared, uri, "import step", 0, ["source.fixAll.step"])
    assert action.edit is not None
    shared.apply(action.edit)
    assert "\n" not in shared.texts[uri].replace("\r\n", "")
    assert await shared.pull(uri) == []


async def test_synthesize_on_a_hole_and_repair_on_a_mistake(shared: Editor) -> None:
    uri = shared.open(HOLE)
    (action,) = await fixes(shared, uri, "    ...", 5)
    assert action.title == "Synthesize `rms_norm`" and action.command is not None
    assert action.command.command == "step.server.synthesize"
    uri = shared.open(TWICE)
    repair = [one for one in await fixes(shared, uri, "(x, scales)", 1) if one.command]
    assert [one.title for one in repair] == ["Repair `rms_norm`"]
    assert await fixes(shared, shared.open(SOLVED), "squares =") == []


async def test_only_the_kinds_that_are_asked_for(shared: Editor) -> None:
    uri = shared.open(TWICE)
    assert await fixes(shared, uri, "(x, scales)", 1, ["refactor"]) == []


@pytest.mark.parametrize(
    ("right", "wrong", "title"),
    [
        ("fn=add, b=1", "fun=add, b=1", "Change to `fn`"),
        ("fn=add, b=1", "fn=add, axis=1", "Change to `b`"),
        ("step.Zip().apply((x1, scales))", "step.Zip((x1, scales))", "Give it to `apply`"),
        ("step.Map(fn=square).apply(x0)", "step.Map(fn=square)(x0)", "Insert `.apply`"),
        ("step.Map(fn=div).apply(pairs)", "step.Map(fn=div).aply(pairs)", "Change to `apply`"),
    ],
)
async def test_what_is_spelt_wrong_is_put_right(shared: Editor, right: str, wrong: str, title: str) -> None:
    uri = shared.open(SOLVED.replace(right, wrong))
    found = next(one for one in await shared.pull(uri) if one.code in ("STEP-PARAM", "STEP-SUBSET"))
    (action,) = [one for one in await shared.actions(uri, found.range) if one.title == title]
    assert action.is_preferred and action.edit is not None
    shared.apply(action.edit)
    assert shared.texts[uri] == SOLVED


async def test_a_stream_among_the_parameters_goes_to_apply(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("step.Map(fn=square).apply(x0)", "step.Map(square, x0)"))
    found = next(one for one in await shared.pull(uri) if one.code == "STEP-PARAM")
    (action,) = [one for one in await shared.actions(uri, found.range) if one.title == "Give it to `apply`"]
    assert action.edit is not None
    shared.apply(action.edit)
    assert "step.Map(square).apply(x0)" in shared.texts[uri] and await shared.pull(uri) == []


async def test_what_is_no_stream_is_not_applied_to(shared: Editor) -> None:
    for wrong in ("step.Map(square, 3).apply(x0)", "step.Map(square, x0).apply(x0)", "step.Map(square, square)"):
        uri = shared.open(SOLVED.replace("step.Map(fn=square).apply(x0)", wrong))
        found = next(one for one in await shared.pull(uri) if one.code == "STEP-PARAM")
        assert "Give it to `apply`" not in [one.title for one in await shared.actions(uri, found.range)]
