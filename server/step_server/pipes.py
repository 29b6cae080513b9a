"""Standard input and output as the server's connection.

pygls asks a pool of threads for each line and each body of a message: three changes of thread for every message, which
cost more than most answers. Here one thread passes on whatever has come, as it comes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading

from pygls.io_ import StdoutWriter, run_async
from pygls.lsp.server import LanguageServer

log = logging.getLogger(__name__)

_CHUNK = 1 << 16
_LINE = 1 << 30
"""Bytes of a header line: whatever else is written to the pipe must not end the server."""


def serve(server: LanguageServer) -> int:
    """Serves until the client says exit or goes away; the exit status that the protocol asks for."""
    writer = StdoutWriter(sys.stdout.buffer)
    server.protocol.set_writer(writer)

    async def work() -> None:
        reader = PipeReader(sys.stdin.fileno())
        never = threading.Event()
        await run_async(never, reader, server.protocol, log, server.report_server_error)

    try:
        asyncio.run(work())
    except BrokenPipeError:
        log.error("the client is gone")
    except KeyboardInterrupt:
        pass
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        server.shutdown()  # type: ignore[no-untyped-call]
    return 0


class PipeReader:
    """What comes from a file descriptor, read by a thread of its own; to be made where an event loop runs.

    The thread is a daemon and holds no lock of Python's own input: a client that neither writes nor goes away cannot
    keep the process from ending.
    """

    def __init__(self, descriptor: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._stream = asyncio.StreamReader(limit=_LINE)
        self._descriptor = descriptor
        threading.Thread(target=self._pass_on, name="step-input", daemon=True).start()

    async def readline(self) -> bytes:
        """A line with its end; nothing, where the client is gone."""
        return await self._stream.readline()

    async def readexactly(self, size: int) -> bytes:
        """So many bytes; nothing, where the client went away in the middle of them."""
        try:
            return await self._stream.readexactly(size)
        except asyncio.IncompleteReadError:
            return b""

    def _pass_on(self) -> None:
        data = b"\n"
        while data:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except OSError:
                data = b""  # closed on this side: nothing more will come
            try:
                self._loop.call_soon_threadsafe(self._take, data)
            except RuntimeError:
                return  # the loop is closed

    def _take(self, data: bytes) -> None:
        if data:
            self._stream.feed_data(data)
        else:
            self._stream.feed_eof()
