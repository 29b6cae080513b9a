"""What a user's code prints: kept in a file of bounded length, apart from the wire."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import BinaryIO, cast

LIMIT = 20_000
"""Bytes kept of what one call prints."""
_FILE = 1  # standard output and standard error are the same file


class _Bounded(io.RawIOBase):
    """Writes to a file descriptor until the limit, and forgets the rest."""

    def __init__(self) -> None:
        self.written = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return _FILE

    def write(self, data: object) -> int:
        block = bytes(data)  # type: ignore[call-overload]
        room = LIMIT - self.written
        if room > 0:
            with contextlib.suppress(OSError):
                os.write(_FILE, block[:room])
        self.written += len(block)
        return len(block)


_raw: _Bounded | None = None


def install() -> None:
    """Makes ``print`` of this process bounded."""
    global _raw
    _raw = _Bounded()
    text = io.TextIOWrapper(cast("BinaryIO", _raw), encoding="utf-8", errors="replace", write_through=True)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = text  # type: ignore[misc]


def restart() -> None:
    """Forgets what was printed so far."""
    if _raw is None:
        return
    if _raw.written:
        sys.stdout.flush()
    _raw.written = 0
    with contextlib.suppress(OSError):
        if os.lseek(_FILE, 0, os.SEEK_END):
            os.ftruncate(_FILE, 0)
            os.lseek(_FILE, 0, os.SEEK_SET)


def printed() -> str:
    """What was printed since :func:`restart`; empty in a process that is no child of a sandbox."""
    if _raw is None:
        return ""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        size = os.lseek(_FILE, 0, os.SEEK_END)
        if size == 0:
            return ""
        os.lseek(_FILE, 0, os.SEEK_SET)
        data = os.read(_FILE, LIMIT)
        os.lseek(_FILE, size, os.SEEK_SET)
        text = data.decode(errors="replace")
        missing = max(_raw.written, size) - len(data)
        return f"{text}\n… and {missing} bytes more" if missing > 0 else text
    return ""
