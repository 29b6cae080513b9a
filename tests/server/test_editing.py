"""Completion, signature help, navigation, rename, call hierarchy."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.server.editor import Editor
from tests.server.samples import BODY, DECLARED, HEAD, SOLVED, TWICE

pytestmark = pytest.mark.asyncio(loop_scope="module")


def typing(line: str) -> str:
    """The module while a line is typed after `squares`."""
    before = BODY.split("    total")[0]
    return f"{HEAD}{DECLARED}def rms_norm(x):\n{before}    {line}\n"


async def offered(editor: Editor, line: str) -> list[lsp.CompletionItem]:
    """What is offered at the end of a line (at `|`, if it has one), the best first."""
    text = typing(line.replace("|", ""))
    uri = editor.open(text)
    place = editor.at(
        uri, "apply(x0)\n    " + line.replace("|", ""), 14 + (line.index("|") if "|" in line else len(line))
    )
    return await completed(editor, uri, place)


async def completed(editor: Editor, uri: str, place: lsp.Position) -> list[lsp.CompletionItem]:
    """What is offered at a place, the best first."""
    found = await editor.client.text_document_completion_async(lsp.CompletionParams(editor.document(uri), place))
    items = list(found.items) if isinstance(found, lsp.CompletionList) else list(found or [])
    return sorted(items, key=lambda one: one.sort_text or one.label)


def labels(items: list[lsp.CompletionItem]) -> list[str]:
    return [one.label for one in items]


async def test_primitives_that_accept_the_stream_at_hand_come_first(shared: Editor) -> None:
    items = await offered(shared, "total = step.")
    names = labels(items)
    assert set(names) >= {"Map", "Accum", "Partition", "Streamify"}
    assert names.index("Accum") < names.index("Streamify")
    assert names.index("Map") < names.index("Partition")


async def test_a_primitive_is_documented_when_it_is_looked_at(shared: Editor) -> None:
    item = next(one for one in await offered(shared, "total = step.") if one.label == "Accum")
    assert item.documentation is None
    resolved = await shared.client.completion_item_resolve_async(item)
    assert isinstance(resolved.documentation, lsp.MarkupContent) and "Promote" in resolved.documentation.value


async def test_keywords_of_a_primitive(shared: Editor) -> None:
    assert labels(await offered(shared, "total = step.Accum("))[:2] == ["fn=", "b="]
    assert "fn=" not in labels(await offered(shared, "total = step.Accum(fn=add, "))


async def test_functions_whose_type_fits_come_first(shared: Editor) -> None:
    assert labels(await offered(shared, "total = step.Accum(fn="))[0] == "add"
    maps = labels(await offered(shared, "total = step.Map(fn="))
    assert set(maps[:2]) == {"square", "mean_eps_sqrt"} and maps.index("add") > 1


async def test_a_function_is_found_among_many_for_other_elements(shared: Editor) -> None:
    others = "".join(f"\n\n@step.fn((f32, f32), f32)\ndef pair_{n}(x, y):\n    return x\n" for n in range(150))
    first = "\n\n@step.fn(f32, f32)\ndef square"
    text = typing("total = step.").replace(first, others + first)
    uri = shared.open(text)
    names = labels(await completed(shared, uri, shared.at(uri, "apply(x0)\n    total = step.", 27)))
    assert "pair_149" in text and names.index("Accum") < names.index("Streamify")


async def test_functions_fit_what_stands_in_apply(shared: Editor) -> None:
    assert labels(await offered(shared, "total = step.Map(fn=|).apply((squares, x1))"))[0] == "div"


async def test_a_call_over_several_lines(shared: Editor) -> None:
    call = "total = step.Accum(\n        fn=|,\n        b=1,\n    ).apply(x1)"
    assert labels(await offered(shared, call))[0] == "add"
    assert "total" not in labels(await offered(shared, call.replace("fn=|", "fn=add").replace("x1", "|")))
    assert labels(await offered(shared, "total = step.Accum(\n        fn=add,\n        |\n    ).apply(x1)"))[:1] == [
        "b="
    ]
    pairs = labels(await offered(shared, "pairs = step.Zip().apply(\n        (\n            x1,\n            |"))
    assert pairs[0] == "squares" and "x0" in pairs
    text = "total = step.Map(\n        fn=|\n    ).apply(\n        (squares, x1)\n    )"
    assert labels(await offered(shared, text))[0] == "div"


@pytest.mark.parametrize("line", ["", "s", "step", "step.Map(fn=square).apply(x1)\n    ", "t = step.Map(\n\n    "])
async def test_where_a_statement_begins(shared: Editor, line: str) -> None:
    names = labels(await offered(shared, line))
    assert names[0] == "step.Accum" and "return" in names


async def test_behind_a_primitive_it_is_applied(shared: Editor) -> None:
    (found,) = await offered(shared, "total = step.Accum(fn=add, b=1).")
    assert (found.label, found.insert_text) == ("apply", "apply(${1:squares})")
    (found,) = await offered(shared, "total = step.Accum(fn=add, b=1).|(squares)")
    assert (found.label, found.insert_text) == ("apply", None)
    assert labels(await offered(shared, "total = squares.")) == []


async def test_an_argument_that_is_given_by_its_place_is_not_offered_by_its_name(shared: Editor) -> None:
    assert labels(await offered(shared, "total = step.Accum(add, "))[0] == "b="
    assert "fn=" not in labels(await offered(shared, "total = step.Accum(add, "))
    assert labels(await offered(shared, "total = step.Accum(b=1, "))[0] == "fn="


async def test_inside_a_list_only_its_items_are_written(shared: Editor) -> None:
    assert labels(await offered(shared, "flat = step.Flatten(L="))[0] == "[1]"
    assert labels(await offered(shared, "flat = step.Flatten(L=["))[0] == "1"


async def test_dims_and_numbers(shared: Editor) -> None:
    assert labels(await offered(shared, "total = step.Repeat(n="))[:2] == ["D", "N"]
    assert labels(await offered(shared, "total = step.Accum(fn=add, b=")) == ["1"]


async def test_streams_that_nothing_consumed_come_first(shared: Editor) -> None:
    items = await offered(shared, "total = step.Accum(fn=add, b=1).apply(")
    names = labels(items)
    assert set(names[:2]) == {"squares", "x1"} and names.index("x0") > 1
    spent = next(one for one in items if one.label == "x0")
    assert spent.detail == "f32, [D, N] · consumed already"


async def test_inside_a_tuple_of_streams(shared: Editor) -> None:
    names = labels(await offered(shared, "pairs = step.Zip().apply((squares, "))
    assert names[0] in ("squares", "x1") and "x1" in names


async def test_return_offers_streams(shared: Editor) -> None:
    assert labels(await offered(shared, "return "))[0] in ("squares", "x1")


async def test_nothing_in_strings_and_comments(shared: Editor) -> None:
    assert await offered(shared, "# step.") == []


async def test_outside_of_bodies_nothing_is_offered(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    found = await shared.client.text_document_completion_async(
        lsp.CompletionParams(shared.document(uri), shared.at(uri, "step.fn", 5))
    )
    assert found is None


async def declared(editor: Editor, text: str) -> list[str]:
    """What is offered at `|` in a declaration below the functions."""
    line = text.replace("|", "")
    uri = editor.open(f"{HEAD}\n{line}\n\n\nlast = 1\n")
    return labels(await completed(editor, uri, editor.at(uri, line, text.index("|"))))


async def test_completion_in_declarations(shared: Editor) -> None:
    assert await declared(shared, "x = step.stream(f32, [|") == ["D", "N"]
    assert await declared(shared, "x = step.stream(f32, [D, N|])") == ["D", "N"]
    assert (await declared(shared, "x = step.stream(|"))[0] == "f32"
    kinds = ['"normal"', '"uniform"', '"ones"', '"binary"']
    assert await declared(shared, "x = step.stream(f32, [D], |") == [*kinds, "data=", "scale=", "ones="]
    assert (await declared(shared, "x = step.stream(f32, [D], data=|"))[0] == '"normal"'
    assert await declared(shared, "w = step.parameter([D, |])") == ["D", "N"]
    assert (await declared(shared, "Row = step.Buffer(f32, |"))[:2] == ["[D]", "[N]"]
    assert await declared(shared, "@step.fn((f32, |") == ["f32"]
    operator = '@step.operator(\n    inputs={"x": step.stream(f32, [D, N])},\n    '
    assert await declared(shared, operator + "|") == ["outputs=", "reference="]
    assert await declared(shared, operator + "outputs=|") == ["step.stream("]
    assert await declared(shared, operator + "outputs=step.stream(f32, [|\n)\ndef f(x):\n    ...") == ["D", "N"]
    assert await declared(shared, operator + "outputs=step.stream(f32, [N]),\n    reference=|,\n") == ["reference"]
    assert await declared(shared, '@step.operator(inputs={"x": |') == ["step.stream("]
    for nothing in ("@step.operator(inputs={|", "x = [|", "x = step.stream(f32, [D], data='|", "x = step.|", "x = |"):
        assert await declared(shared, nothing) == [], nothing


async def help_at(editor: Editor, line: str) -> tuple[str, int | None]:
    uri = editor.open(typing(line))
    place = editor.at(uri, "apply(x0)\n    " + line, 14 + len(line))
    found = await editor.client.text_document_signature_help_async(lsp.SignatureHelpParams(editor.document(uri), place))
    assert found is not None
    return found.signatures[0].label, found.signatures[0].active_parameter


async def test_signature_help(shared: Editor) -> None:
    assert await help_at(shared, "t = step.Accum(") == ("Accum(fn, b)", 0)
    assert await help_at(shared, "t = step.Accum(fn=add, ") == ("Accum(fn, b)", 1)
    assert await help_at(shared, "t = step.Accum(b=") == ("Accum(fn, b)", 1)
    assert await help_at(shared, "t = step.Accum(\n        fn=add,\n        ") == ("Accum(fn, b)", 1)
    assert await help_at(shared, "t = step.Zip().apply((squares, ") == ("Zip.apply((first, second))", 1)


async def locations(editor: Editor, uri: str, place: lsp.Position, kind: str) -> list[tuple[int, str]]:
    document = editor.document(uri)
    if kind == "definition":
        found = await editor.client.text_document_definition_async(lsp.DefinitionParams(document, place))
    else:
        context = lsp.ReferenceContext(include_declaration=True)
        found = await editor.client.text_document_references_async(lsp.ReferenceParams(context, document, place))
    assert isinstance(found, (list, tuple))
    result = []
    for one in found:
        assert isinstance(one, lsp.Location)
        result.append((one.range.start.line, editor.marked(uri, one.range) if one.uri == uri else one.uri))
    return result


async def test_definition_of_a_stream_is_where_it_is_made(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    expected = shared.at(uri, "x1 = step.Copy")
    assert await locations(shared, uri, shared.at(uri, "(x1, scales)", 1), "definition") == [(expected.line, "x1")]


async def test_definition_follows_the_data_through_rebinding(shared: Editor) -> None:
    uri = shared.open(SOLVED.replace("total", "squares").replace("x0)\n    squares", "x0)\n    squares"))
    second = shared.at(uri, "squares = step.Accum")
    use = shared.at(uri, "mean_eps_sqrt).apply(squares)", len("mean_eps_sqrt).apply("))
    assert await locations(shared, uri, use, "definition") == [(second.line, "squares")]


async def test_definition_of_a_function_a_dimension_and_a_primitive(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    line = shared.at(uri, "def square").line
    assert await locations(shared, uri, shared.at(uri, "fn=square", 4), "definition") == [(line, "square")]
    line = shared.at(uri, "D, N = step.dims").line
    assert await locations(shared, uri, shared.at(uri, "n=D", 2), "definition") == [(line, "D")]
    ((_, where),) = await locations(shared, uri, shared.at(uri, "step.Zip", 6), "definition")
    assert where.endswith("step/primitives/zip.py")


async def test_references_of_a_function_and_of_a_dimension(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    assert len(await locations(shared, uri, shared.at(uri, "fn=add", 4), "references")) == 2
    found = await locations(shared, uri, shared.at(uri, "n=D", 2), "references")
    assert [text for _, text in found] == ["D"] * 6  # D, N = · dims(D= · D.size · two streams · Repeat(n=D)


async def test_highlight_tells_writing_from_reading(shared: Editor) -> None:
    uri = shared.open(TWICE)
    found = await shared.client.text_document_document_highlight_async(
        lsp.DocumentHighlightParams(shared.document(uri), shared.at(uri, "(x, scales)", 1))
    )
    kinds = [one.kind for one in found or []]
    assert kinds == [lsp.DocumentHighlightKind.Write] + [lsp.DocumentHighlightKind.Read] * 2


async def renamed(editor: Editor, uri: str, place: lsp.Position, name: str) -> str:
    edit = await editor.client.text_document_rename_async(lsp.RenameParams(editor.document(uri), place, name))
    assert edit is not None
    editor.apply(edit)
    return editor.texts[uri]


async def test_rename_a_stream(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    assert await renamed(shared, uri, shared.at(uri, "squares ="), "powers") == SOLVED.replace("squares", "powers")


async def test_rename_an_input_with_its_key(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text = await renamed(shared, uri, shared.at(uri, "rms_norm(x)", 9), "rows")
    assert 'inputs={"rows": ' in text and "def rms_norm(rows)" in text and "Copy().apply(rows)" in text
    assert "def reference(x)" in text
    assert await shared.pull(uri) == []


async def test_rename_a_dimension_with_its_declaration(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text = await renamed(shared, uri, shared.at(uri, "n=D", 2), "Width")
    assert "Width, N = step.dims(Width=16, N=7)" in text and "Width.size" in text and "[Width, N]" in text
    assert await shared.pull(uri) == []


async def test_rename_a_function_and_an_operator(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    text = await renamed(shared, uri, shared.at(uri, "def square", 5), "power")
    assert "def power(x)" in text and "fn=power" in text
    text = await renamed(shared, uri, shared.at(uri, "def rms_norm", 6), "normalised")
    assert "def normalised(x):" in text


async def test_rename_refuses_what_would_break(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    for name, reason in (("x1", "used already"), ("not a name", "not a name"), ("return", "not a name")):
        params = lsp.RenameParams(shared.document(uri), shared.at(uri, "squares ="), name)
        with pytest.raises(JsonRpcException, match=reason):
            await shared.client.text_document_rename_async(params)
    broken = shared.open(SOLVED.replace("= step.Repeat(n=D).apply(scale)", "= = step.Repeat(n=D).apply(scale)"))
    params = lsp.RenameParams(shared.document(broken), shared.at(broken, "scale ="), "other")
    with pytest.raises(JsonRpcException, match="does not parse"):
        await shared.client.text_document_rename_async(params)


async def test_other_peoples_names_are_not_renamed(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    for mark in ("np.sqrt", "reference(x):\n    return x"):
        params = lsp.PrepareRenameParams(shared.document(uri), shared.at(uri, mark, 1 if mark == "np.sqrt" else 11))
        assert await shared.client.text_document_prepare_rename_async(params) is None


async def test_call_hierarchy_is_producers_and_consumers(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    prepared = await shared.client.text_document_prepare_call_hierarchy_async(
        lsp.CallHierarchyPrepareParams(shared.document(uri), shared.at(uri, "pairs ="))
    )
    (item,) = prepared or []
    assert (item.name, item.detail) == ("pairs", "Zip: (f32, f32), [D, N]")
    incoming = await shared.client.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(item))
    assert [one.from_.name for one in incoming or []] == ["x1", "scales"]
    outgoing = await shared.client.call_hierarchy_outgoing_calls_async(lsp.CallHierarchyOutgoingCallsParams(item))
    assert [one.to.name for one in outgoing or []] == ["the result of Map"]
