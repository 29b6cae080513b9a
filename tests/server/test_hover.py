"""Hovers: primitives with this call's types, streams in both orders, functions, holes, dimensions, fixes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.server.conftest import pulls
from tests.server.editor import Editor
from tests.server.samples import HOLE, SOLVED, TWICE, WRONG

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def told(editor: Editor, uri: str, mark: str, shift: int = 0) -> tuple[str, str]:
    """A hover's text, and the text that it is about."""
    found = await editor.client.text_document_hover_async(
        lsp.HoverParams(editor.document(uri), editor.at(uri, mark, shift))
    )
    assert found is not None and isinstance(found.contents, lsp.MarkupContent) and found.range is not None
    return found.contents.value, editor.marked(uri, found.range)


async def test_a_primitive_with_this_calls_types_and_its_rule(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, where = await told(shared, uri, "Accum(fn=add", 1)
    assert "takes `squares`: `f32, [D, N]`" in text and "gives `total`: `f32, [N]`" in text
    assert "A, S → B, S[b:]" in text and "Promote" in text
    assert where == "step.Accum"


async def test_a_stream_in_both_orders_with_producer_and_consumer(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, where = await told(shared, uri, "squares = ", 2)
    assert "`f32, [D, N]`" in text and "`(N, D)`" in text
    assert "made by `Map(fn=square)`" in text and "consumed by `Accum(fn=add, b=1)`" in text
    assert where == "squares"


async def test_a_stream_that_is_consumed_twice(shared: Editor) -> None:
    uri = shared.open(TWICE)
    text, _ = await told(shared, uri, "(x, scales)", 1)
    assert "the input of `rms_norm`" in text and "once only" in text


async def test_a_function_with_its_docstring(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, where = await told(shared, uri, "fn=square", 4)
    assert "**map** `square`: `f32 → f32`" in text and "The square of a number." in text
    assert where == "square"


async def test_a_fold_tells_its_start(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, _ = await told(shared, uri, "fn=add", 4)
    assert "fold" in text and "starts at 0" in text


async def test_a_function_at_its_declaration(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, _ = await told(shared, uri, "def square", 6)
    assert "**map** `square`" in text


async def test_a_dimension(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text, _ = await told(shared, uri, "Repeat(n=D)", 9)
    assert "**dimension** `D`" in text and "16" in text


async def test_names_in_declarations(shared: Editor) -> None:
    uri = shared.open(SOLVED + "experts = [square, mean_eps_sqrt]\n")
    text, where = await told(shared, uri, "[D, N])},", 4)
    assert text.startswith("**dimension** `N` — a check starts from 7") and where == "N"
    text, where = await told(shared, uri, "/ D.size", 2)
    assert text.startswith("**dimension** `D`") and where == "D"
    text, where = await told(shared, uri, "= [square", 4)
    assert text.startswith("**map** `square`") and where == "square"


async def test_a_hole_whose_declaration_no_body_can_meet(shared: Editor) -> None:
    uri = shared.open(HOLE.replace("return x / np", "return x[:, :1] / np"))
    shared.save(uri)
    status = await shared.status(uri, "rms_norm", "error")
    text, _ = await told(shared, uri, "    ...", 5)
    assert status["message"] in text and "writes one" not in text


async def test_a_hole_tells_what_is_asked(shared: Editor) -> None:
    uri = shared.open(HOLE)
    text, _ = await told(shared, uri, "    ...", 5)
    assert "**hole** `rms_norm`" in text and "takes `x`: `f32, [D, N]`" in text and "reference" in text


async def test_a_client_that_shows_no_markdown_gets_plain_text(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    pulls(editor)
    document = editor.capabilities.text_document
    assert document is not None and document.completion is not None and document.completion.completion_item is not None
    assert document.signature_help is not None and document.signature_help.signature_information is not None
    plain = [lsp.MarkupKind.PlainText]
    document.hover = lsp.HoverClientCapabilities(content_format=plain)
    document.completion.completion_item.documentation_format = plain
    document.signature_help.signature_information.documentation_format = plain
    await editor.start()
    uri = editor.open(SOLVED)
    where = lsp.HoverParams(editor.document(uri), editor.at(uri, "Accum(fn=add", 1))
    found = await editor.client.text_document_hover_async(where)
    assert found is not None and isinstance(found.contents, lsp.MarkupContent)
    text = found.contents.value
    assert found.contents.kind == lsp.MarkupKind.PlainText and text.startswith("step.Accum(fn=add, b=1)\n")
    assert "- takes squares: f32, [D, N]" in text and not set("`*") & set(text) and "---" not in text
    place = editor.at(uri, "fn=add", 0)
    help = await editor.client.text_document_signature_help_async(lsp.SignatureHelpParams(editor.document(uri), place))
    assert help is not None and isinstance(help.signatures[0].documentation, lsp.MarkupContent)
    assert help.signatures[0].documentation.kind == lsp.MarkupKind.PlainText
    item = lsp.CompletionItem("Accum", data={"primitive": "Accum"})
    resolved = (await editor.client.completion_item_resolve_async(item)).documentation
    assert isinstance(resolved, lsp.MarkupContent) and resolved.kind == lsp.MarkupKind.PlainText
    where = lsp.HoverParams(editor.document(uri), editor.at(uri, "squares =", 1))
    found = await editor.client.text_document_hover_async(where)
    assert found is not None and isinstance(found.contents, lsp.MarkupContent)
    assert "made by Map(fn=square), line 41\n" in found.contents.value
    await editor.stop()


async def test_nothing_where_there_is_nothing(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    params = lsp.HoverParams(shared.document(uri), shared.at(uri, "import numpy"))
    assert await shared.client.text_document_hover_async(params) is None


async def test_on_half_typed_text_the_rest_is_still_told(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("step.Repeat(n=D).apply(scale)", "step.Repeat(n="))
    text, _ = await told(shared, uri, "total = ", 2)
    assert "`f32, [N]`" in text


async def test_on_a_mistake_what_its_code_means(shared: Editor) -> None:
    uri = shared.open(TWICE)
    text, where = await told(shared, uri, "(x, scales)", 1)
    assert "**STEP-AFFINE**" in text and "Copy gives two streams" in text and where == "x"


async def test_on_a_mistake_outside_of_operators(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("@step.fn(f32, f32)\ndef square", "@step.fn(f32)\ndef square"))
    (found,) = [one for one in await shared.pull(uri) if one.code == "STEP-DECLARATION"]
    params = lsp.HoverParams(shared.document(uri), found.range.start)
    answer = await shared.client.text_document_hover_async(params)
    assert answer is not None and "**STEP-DECLARATION**" in answer.contents.value


async def test_on_what_a_check_found(shared: Editor) -> None:
    uri = shared.open(WRONG)
    await shared.request("step/check", {"textDocument": {"uri": uri}})
    text, _ = await told(shared, uri, "rms_norm(x)", 1)
    assert "**STEP-VALUE** The program computes something else than the reference" in text
    shared.replace(uri, "(scales, x1)", "(x1, scales)")
    text, _ = await told(shared, uri, "rms_norm(x)", 1)
    assert "STEP-VALUE" not in text
