"""When Python looks for garbage: while nobody waits.

A look at everything takes as long as reading ten edits, and comes as it likes: in the middle of a keystroke. So little
is looked at while there is work, and everything once the documents have been at rest for a while.
"""

from __future__ import annotations

import gc

from step_server.documents import Document
from step_server.server import StepServer

CALM = 1.0
"""Seconds without a change, after which everything is looked at."""
_YOUNG = 50_000
"""Objects that may be made, more than are gone, before the newest are looked at: a reading of a usual file makes fewer.
Somebody who never rests is not let run out of memory."""


def collect_when_calm(server: StepServer) -> None:
    """Takes over from Python's own times for the rest of the process. What is loaded already is never looked at."""
    gc.freeze()
    gc.set_threshold(_YOUNG)
    gc.enable()
    documents = server.session.documents

    def wait(_: Document) -> None:
        server.scheduler.schedule("garbage", CALM, gc.collect)

    for listeners in (documents.on_open, documents.on_change, documents.on_close):
        listeners.append(wait)
