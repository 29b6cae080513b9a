"""Work-done progress: on a token of the client's, or on one that the server makes where the client can show it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from step_server.server import StepServer

log = logging.getLogger(__name__)

QUIET = 0.1
"""Seconds between two reports: people do not read faster."""


PATIENCE = 1.0
"""Seconds that a client has to answer whether it shows progress: what it waits for must not depend on that."""


class Progress:
    """Progress on one token. Without a token nothing is sent."""

    _numbers = itertools.count(1)

    def __init__(self, server: StepServer, token: str | int | None) -> None:
        self.server, self.token = server, token
        self._last = 0.0
        self._open = False

    async def obtain(self) -> None:
        """Asks the client for a new token, where it can show progress. It is a text: a number would be taken for one of
        the client's own."""
        if not self.server.session.client.work_done_progress:
            return
        token = f"step-{next(self._numbers)}"
        try:
            params = lsp.WorkDoneProgressCreateParams(token)
            await asyncio.wait_for(self.server.window_work_done_progress_create_async(params), PATIENCE)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.info("the client shows no progress: %s", error or "it does not answer")
            return
        self.token = token

    def begin(self, title: str) -> None:
        """Opens the progress; it can be cancelled."""
        self._open = True
        self._send(lsp.WorkDoneProgressBegin(title=title, cancellable=True, message="starting"))

    def report(self, message: str) -> None:
        """Shows a line, if the last one was not only just sent."""
        now = asyncio.get_running_loop().time()
        if self._open and now - self._last >= QUIET:
            self._last = now
            self._send(lsp.WorkDoneProgressReport(message=message))

    def end(self, message: str) -> None:
        """Closes the progress; it cannot be opened again."""
        if self._open:
            self._open = False
            self._send(lsp.WorkDoneProgressEnd(message=message))

    def _send(self, value: lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport | lsp.WorkDoneProgressEnd) -> None:
        if self.token is not None:
            self.server.protocol.notify(lsp.PROGRESS, lsp.ProgressParams(self.token, value))
