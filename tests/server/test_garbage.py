"""Garbage is looked for when the documents are at rest, and not before."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from step_server.garbage import collect_when_calm

from tests.server.inside import Inside
from tests.server.samples import SOLVED


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def pythons_own_times() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("pythons_own_times")
def test_garbage_is_taken_away_in_a_pause() -> None:
    inside = Inside(hurry=True)
    collect_when_calm(inside.server)
    uri = inside.open(SOLVED)
    knot = weakref.ref(Knot())
    inside.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert knot() is not None
    inside.settle()
    assert knot() is None
    inside.stop()
