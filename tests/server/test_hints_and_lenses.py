"""Inlay hints, lenses, symbols, folding and tokens."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import HOLE, SOLVED, TWICE, many

pytestmark = pytest.mark.asyncio(loop_scope="module")


def everything(lines: int = 9999) -> lsp.Range:
    return lsp.Range(lsp.Position(0, 0), lsp.Position(lines, 0))


async def hints(editor: Editor, uri: str, where: lsp.Range | None = None) -> list[tuple[str, str]]:
    """What stands before each hint, and the hint."""
    found = await editor.client.text_document_inlay_hint_async(
        lsp.InlayHintParams(editor.document(uri), where or everything())
    )
    lines = editor.texts[uri].split("\n")
    return [(lines[one.position.line][: one.position.character].split()[-1], str(one.label)) for one in found or []]


async def titles(editor: Editor, uri: str) -> list[str]:
    """The lenses' titles."""
    found = await editor.client.text_document_code_lens_async(lsp.CodeLensParams(editor.document(uri)))
    return [one.command.title for one in found or [] if one.command]


async def test_every_assigned_stream_has_its_type(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    assert await hints(shared, uri) == [
        ("x0", ": f32 [D, N]"),
        ("x1", ": f32 [D, N]"),
        ("squares", ": f32 [D, N]"),
        ("total", ": f32 [N]"),
        ("scale", ": f32 [N]"),
        ("scales", ": f32 [D, N]"),
        ("pairs", ": (f32, f32) [D, N]"),
    ]


async def test_only_those_of_the_range(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    line = shared.at(uri, "total =").line
    where = lsp.Range(lsp.Position(line, 0), lsp.Position(line, 50))
    assert await hints(shared, uri, where) == [("total", ": f32 [N]")]


async def test_what_is_unknown_has_no_hint(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("fn=mean_eps_sqrt", "fn=nothing_like_it"))
    assert "scale" not in [name for name, _ in await hints(shared, uri)]


async def test_a_list_of_streams(shared: Editor) -> None:
    text = SOLVED.replace(
        "    x0, x1 =", "    both = [step.Identity().apply(one) for one in step.Copy().apply(x)]\n    x0, x1 = both #"
    )
    assert ("both", ": 2 × f32 [D, N]") in await hints(shared, shared.open(text))


async def test_lenses_of_a_hole_and_of_a_body(shared: Editor) -> None:
    assert await titles(shared, shared.open(HOLE)) == ["Synthesize", "Graph"]
    assert await titles(shared, shared.open(SOLVED)) == ["Run check", "Graph"]
    assert await titles(shared, shared.open(TWICE)) == ["Run check", "Repair", "Graph"]


async def test_a_lens_names_the_servers_command_where_the_client_has_none(shared: Editor) -> None:
    uri = shared.open(HOLE)
    found = await shared.client.text_document_code_lens_async(lsp.CodeLensParams(shared.document(uri)))
    command = (found or [])[0].command
    assert command is not None and command.command == "step.server.synthesize"
    assert list(command.arguments or []) == [{"uri": uri, "operator": "rms_norm"}]


async def test_symbols_of_a_document(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    found = await shared.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(shared.document(uri)))
    names = [one.name for one in found or []]
    assert names == ["D", "N", "square", "add", "div", "mean_eps_sqrt", "rms_norm"]
    square = (found or [])[2]
    assert isinstance(square, lsp.DocumentSymbol) and shared.marked(uri, square.selection_range) == "square"
    whole = shared.marked(uri, square.range)
    assert whole.startswith("@step.fn(f32, f32)\ndef square(x):") and whole.endswith("return x * x")
    operator = (found or [])[-1]
    assert isinstance(operator, lsp.DocumentSymbol)
    assert [one.name for one in operator.children or []][:3] == ["x", "x0", "x1"]


async def test_symbols_of_the_workspace(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("rms_norm", "quite_special"))
    found = await shared.client.workspace_symbol_async(lsp.WorkspaceSymbolParams("qspec"))
    assert [(one.name, one.location.uri) for one in found or []] == [("quite_special", uri)]


async def test_folding(shared: Editor) -> None:
    uri = shared.open(many(3))
    found = await shared.client.text_document_folding_range_async(lsp.FoldingRangeParams(shared.document(uri)))
    assert len(found or []) == 6
    lines = shared.texts[uri].split("\n")
    starts = {lines[one.start_line].split("(")[0] for one in found or []}
    assert starts == {"@step.operator", "def rms_norm_0", "def rms_norm_1", "def rms_norm_2"}


async def tokens(editor: Editor, uri: str) -> list[tuple[str, str, set[str]]]:
    """Each token's text, type and modifiers."""
    assert editor.result is not None
    options = editor.result.capabilities.semantic_tokens_provider
    assert isinstance(options, lsp.SemanticTokensOptions)
    found = await editor.client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(editor.document(uri)))
    assert found is not None
    lines, result = editor.texts[uri].split("\n"), []
    line = column = 0
    for index in range(0, len(found.data), 5):
        down, right, size, kind, bits = found.data[index : index + 5]
        line, column = line + down, right if down else column + right
        names = options.legend.token_modifiers
        modifiers = {one for number, one in enumerate(names) if bits >> number & 1}
        result.append((lines[line][column : column + size], options.legend.token_types[kind], modifiers))
    return result


async def test_tokens_tell_what_names_are(shared: Editor) -> None:
    found = await tokens(shared, shared.open(SOLVED))
    kinds = {text: kind for text, kind, _ in found}
    assert kinds["square"] == "function" and kinds["Copy"] == "class" and kinds["D"] == "enumMember"
    assert ("x", "parameter", {"declaration"}) in found and ("x", "parameter", {"consumed"}) in found


async def test_a_stream_looks_spent_where_it_is_used_again(shared: Editor) -> None:
    found = await tokens(shared, shared.open(TWICE))
    assert [modifiers for text, _, modifiers in found if text == "x"] == [
        {"declaration"},
        {"consumed"},
        {"deprecated", "spent"},
    ]
