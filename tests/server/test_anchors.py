"""What a check found keeps its line while what is around it changes."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import SOLVED

pytestmark = pytest.mark.asyncio(loop_scope="module")

RAISES = SOLVED.replace("    return x / y\n", "    half = y * 0.5\n    raise ValueError(half)\n")


async def told_of(editor: Editor, uri: str, line: str) -> None:
    """Waits until the only pushed diagnostic is in a line."""

    def is_there(found: list[lsp.Diagnostic]) -> bool:
        text = editor.texts[uri].split("\n")
        return [text[one.range.start.line].strip() for one in found if "ValueError" in one.message] == [line]

    await editor.pushed(uri, is_there)


async def test_a_comment_above_it_in_its_function_moves_it(shared: Editor) -> None:
    uri = shared.open(RAISES)
    shared.save(uri)
    await shared.status(uri, "rms_norm", "error")
    await told_of(shared, uri, "raise ValueError(half)")
    shared.replace(uri, "    half =", "    # what was half\n\n    half =")
    await told_of(shared, uri, "raise ValueError(half)")
    shared.replace(uri, "    # what was half\n", "")
    await told_of(shared, uri, "raise ValueError(half)")
    assert shared.statuses[uri]["rms_norm"]["status"] == "error"
