"""Names that several files speak of: definition, references and rename across files."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.server.editor import Editor
from tests.server.samples import HEAD, SOLVED

pytestmark = pytest.mark.asyncio(loop_scope="module")

USER = """import step
from step import f32
from helpers import D, N, square as sq, add

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [N]))
def total(x):
    y = step.Map(fn=sq).apply(x)
    return step.Accum(fn=add, b=1).apply(y)
"""
THROUGH = "from user import add, total\n\nprint(add, total)\n"
"""A file that knows nothing of STeP, and has a name from one that has it from another."""
WHOLE = "import helpers\nimport helpers as h\nprint(helpers.add, h.add, h.div, other.add)\n"
RELATIVE = "from .helpers import add\nfrom .helpers import div as add2\n"
OTHER = "import elsewhere.helpers\nfrom numpy import add\n"


@pytest.fixture
def files(editor: Editor) -> dict[str, Path]:
    """A folder in which one module's names are used by others."""
    texts = {
        "helpers.py": HEAD,
        "user.py": USER,
        "through.py": THROUGH,
        "whole.py": WHOLE,
        "relative.py": RELATIVE,
        "other.py": OTHER,
    }
    for name, text in texts.items():
        (editor.folder / name).write_text(text)
    return {name.removesuffix(".py"): editor.folder / name for name in texts}


async def renamed(editor: Editor, uri: str, place: lsp.Position, name: str) -> dict[str, str]:
    """The files that a rename changes, by their names, as they are afterwards."""
    edit = await editor.client.text_document_rename_async(lsp.RenameParams(editor.document(uri), place, name))
    assert edit is not None
    result = {}
    for one in edit.document_changes or []:
        assert isinstance(one, lsp.TextDocumentEdit)
        where = one.text_document.uri
        path = Path(where.removeprefix("file://"))
        opened = where in editor.texts
        assert one.text_document.version == (editor.versions[where] if opened else None)
        text = editor.texts[where] if opened else path.read_text()
        for change in sorted(one.edits, key=lambda it: (it.range.start.line, it.range.start.character), reverse=True):
            assert isinstance(change, lsp.TextEdit)
            start, end = editor.offset(text, change.range.start), editor.offset(text, change.range.end)
            text = text[:start] + change.new_text + text[end:]
        result[path.stem] = text
    return result


async def test_a_rename_changes_every_file_that_has_the_name(editor: Editor, files: dict[str, Path]) -> None:
    helpers = editor.open(HEAD, "helpers.py")
    editor.open(USER.replace("total", "summed"), "user.py")  # as it is in the editor, not as on the disk
    found = await renamed(editor, helpers, editor.at(helpers, "def add", 4), "plus")
    assert found == {
        "helpers": HEAD.replace("def add", "def plus"),
        "user": USER.replace("total", "summed").replace("add", "plus"),
        "through": THROUGH.replace("add", "plus"),
        "whole": WHOLE.replace("s.add", "s.plus").replace("h.add", "h.plus"),
        "relative": RELATIVE.replace("add\n", "plus\n", 1),
    }


async def test_a_name_that_has_another_one_there_keeps_it(editor: Editor, files: dict[str, Path]) -> None:
    helpers = editor.open(HEAD, "helpers.py")
    found = await renamed(editor, helpers, editor.at(helpers, "def square", 4), "power")
    assert found["user"] == USER.replace("square as sq", "power as sq") and set(found) == {"helpers", "user"}
    found = await renamed(editor, helpers, editor.at(helpers, "D, N ="), "Width")
    assert found["user"] == USER.replace("D, N", "Width, N") and "step.dims(Width=16" in found["helpers"]


async def test_an_operator_that_others_import_is_renamed_with_them(editor: Editor, files: dict[str, Path]) -> None:
    user = editor.open(USER, "user.py")
    found = await renamed(editor, user, editor.at(user, "def total", 4), "summed")
    assert found == {"user": USER.replace("total", "summed"), "through": THROUGH.replace("total", "summed")}


async def test_a_star_takes_the_name_too(editor: Editor, files: dict[str, Path]) -> None:
    helpers = editor.open(HEAD, "helpers.py")
    star = editor.open("from helpers import *\nprint(add, div)\n", "star.py")
    found = await renamed(editor, helpers, editor.at(helpers, "def add", 4), "plus")
    assert found["star"] == editor.texts[star].replace("add", "plus")


async def test_a_name_that_is_taken_in_another_file_is_refused(editor: Editor, files: dict[str, Path]) -> None:
    helpers = editor.open(HEAD, "helpers.py")
    for new, reason in (("sq", "used already in user.py, line 3"), ("print", "Python's own")):
        params = lsp.RenameParams(editor.document(helpers), editor.at(helpers, "def add", 4), new)
        with pytest.raises(JsonRpcException, match=reason):
            await editor.client.text_document_rename_async(params)
    editor.open("from helpers import add\nx = = add\n", "broken.py")
    params = lsp.RenameParams(editor.document(helpers), editor.at(helpers, "def add", 4), "plus")
    with pytest.raises(JsonRpcException, match=r"broken.py that does not parse"):
        await editor.client.text_document_rename_async(params)


async def test_definition_leads_to_the_file_that_declares_it(editor: Editor, files: dict[str, Path]) -> None:
    user = editor.open(USER, "user.py")
    lines = HEAD.split("\n")

    async def defined(mark: str, shift: int) -> tuple[str, str]:
        params = lsp.DefinitionParams(editor.document(user), editor.at(user, mark, shift))
        found = await editor.client.text_document_definition_async(params)
        assert isinstance(found, list) and len(found) == 1 and isinstance(found[0], lsp.Location)
        where = found[0].range
        assert found[0].uri == files["helpers"].as_uri()
        return lines[where.start.line], lines[where.start.line][where.start.character : where.end.character]

    for mark, shift in (("fn=add", 3), ("N, square as sq, add", 17)):
        assert await defined(mark, shift) == ("def add(total, x):", "add")
    for mark, shift in (("fn=sq", 3), ("square as sq", 2), ("square as sq", 10)):
        assert await defined(mark, shift) == ("def square(x):", "square")
    assert await defined("[D, N]", 1) == ("D, N = step.dims(D=16, N=7)", "D")


async def test_references_of_what_others_import(editor: Editor, files: dict[str, Path]) -> None:
    helpers = editor.open(HEAD, "helpers.py")
    context = lsp.ReferenceContext(include_declaration=True)
    place = editor.at(helpers, "def add", 4)
    params = lsp.ReferenceParams(context, editor.document(helpers), place)
    found = await editor.client.text_document_references_async(params)
    names = sorted((one.uri.rpartition("/")[2], one.range.start.line) for one in found or [])
    assert names == [("helpers.py", 15), ("relative.py", 0), ("through.py", 0), ("through.py", 2), ("user.py", 2),
                     ("user.py", 7), ("whole.py", 2), ("whole.py", 2)]  # fmt: skip


async def test_what_a_comprehension_would_hide_is_refused(editor: Editor) -> None:
    text = f"""{HEAD}E = step.dim("E", 2, fixed=True)


@step.operator(
    inputs={{"x": step.stream(f32, [D, N]), "i": step.stream(step.Multihot(f32, E), [N])}},
    outputs=step.stream(f32, [D, N]),
)
def chosen(x, i):
    i0, i1 = step.Copy().apply(i)
    fns = [square, mean_eps_sqrt]
    parts = step.Partition(N=E).apply((x, i0))
    done = [step.Map(fn=fns[k]).apply(parts[k]) for k in range(2)]
    return step.Merge(fn=add).apply((done, i1))
"""
    uri = editor.open(text)
    assert await editor.pull(uri) == []
    for mark, new in (("parts =", "k"), ("fns =", "k"), ("k in range", "fns")):
        params = lsp.RenameParams(editor.document(uri), editor.at(uri, mark), new)
        with pytest.raises(JsonRpcException, match="would mean something else in line"):
            await editor.client.text_document_rename_async(params)
    found = await renamed(editor, uri, editor.at(uri, "k in range"), "i0")  # it hides nothing that is used there
    assert "parts[i0]) for i0 in range(2)" in next(iter(found.values()))


async def test_a_file_that_nobody_imports_is_changed_alone(editor: Editor, files: dict[str, Path]) -> None:
    uri = editor.open(SOLVED, "alone.py")
    assert set(await renamed(editor, uri, editor.at(uri, "def add", 4), "plus")) == {"alone"}
