"""Standard input and output as the server's connection.

pygls asks a pool of threads for each line and each body of a message: three changes of thread for every message, which
cost more than most answers. Here the event loop waits for the pipe itself; where it cannot (a terminal, a file,
Windows), one thread passes on whatever has come.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import sys
import threading
from typing import TextIO

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
        reader = await open_reader(sys.stdin, sys.stdout, sys.stderr)
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
    """What comes from a pipe, as a stream of bytes that something feeds."""

    def __init__(self) -> None:
        self.stream = asyncio.StreamReader(limit=_LINE)

    async def readline(self) -> bytes:
        """A line with its end; nothing, where the client is gone."""
        return await self.stream.readline()

    async def readexactly(self, size: int) -> bytes:
        """So many bytes; nothing, where the client went away in the middle of them."""
        try:
            return await self.stream.readexactly(size)
        except asyncio.IncompleteReadError:
            return b""


async def open_reader(pipe: TextIO, *others: TextIO) -> PipeReader:
    """A reader of a pipe. The event loop itself waits for it where it can; ``others`` are the pipes that are written
    to, which must not be the same: it would no longer block there either."""
    reader = PipeReader()
    if sys.platform != "win32" and _is_pipe(pipe) and not any(_is_same(pipe, one) for one in others):
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader.stream), pipe)
    else:
        _Thread(pipe.fileno(), reader.stream).start()
    return reader


def _is_pipe(file: TextIO) -> bool:
    mode = os.fstat(file.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _is_same(one: TextIO, other: TextIO) -> bool:
    return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))


class _Thread(threading.Thread):
    """Passes on what comes, as it comes; to be made where an event loop runs.

    It is a daemon and holds no lock of Python's own input: a client that neither writes nor goes away cannot keep the
    process from ending.
    """

    def __init__(self, descriptor: int, stream: asyncio.StreamReader) -> None:
        super().__init__(name="step-input", daemon=True)
        self._descriptor, self._stream, self._loop = descriptor, stream, asyncio.get_running_loop()

    def run(self) -> None:
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
