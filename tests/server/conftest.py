"""An editor for each test, with a server of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.server.editor import Editor
from tests.server.inside import Inside
from tests.server.workspaces import Names


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a client cannot take is an error: pytest-lsp compares every answer with the client's capabilities."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"))


@pytest_asyncio.fixture(loop_scope="module")
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    """VS Code's capabilities with pull diagnostics; stopped in order at the end."""
    made = Editor(tmp_path)
    pulls(made)
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """The same for all tests of a module, each of which opens documents of its own."""
    made = Editor(tmp_path_factory.mktemp("shared"))
    pulls(made)
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def old_editor(tmp_path: Path) -> AsyncIterator[Editor]:
    """Neovim 0.7: pushes only, no hints, no refreshes."""
    made = await Editor(tmp_path, "neovim@v0.7.0").start()
    yield made
    await made.stop()


@pytest.fixture
def hurried() -> Iterator[Inside]:
    """A server inside the test's process that does not sit out its pauses."""
    made = Inside(hurry=True)
    yield made
    assert made.errors == []
    made.stop()


@pytest.fixture
def names(tmp_path: Path) -> Iterator[Names]:
    """A server on an empty folder, asked for names."""
    made = Names(tmp_path)
    yield made
    made.stop()


def pulls(made: Editor) -> None:
    """VS Code as it is now: newer than the capabilities that pytest-lsp recorded."""
    from lsprotocol import types as lsp

    capabilities = made.capabilities
    assert capabilities.text_document is not None and capabilities.workspace is not None
    capabilities.text_document.diagnostic = lsp.DiagnosticClientCapabilities(dynamic_registration=True)
    capabilities.text_document.inlay_hint = lsp.InlayHintClientCapabilities(dynamic_registration=True)
    capabilities.workspace.inlay_hint = lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    capabilities.workspace.configuration = False
    if capabilities.workspace.did_change_configuration is not None:
        capabilities.workspace.did_change_configuration.dynamic_registration = False
