"""The child's side: takes calls from the wire, one at a time, until the wire ends."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from step.sandbox import output
from step.sandbox.limits import apply_limits
from step.sandbox.protocol import encode, read_message

_CAPTURE = 2  # standard error: the file that the parent reads after a crash


def main(wire_in: int, wire_out: int, folders: dict[str, str], settings: dict[str, Any]) -> None:
    """Serves until the parent closes the wire or dies."""
    _die_with_parent(settings["parent"])
    apply_limits(settings["memory_mib"], settings["file_mib"])
    output.install()
    sys.dont_write_bytecode = True  # nothing of ours appears in a user's folder
    faulthandler.enable(file=_CAPTURE)
    _trace_exits()
    calls: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(os.fdopen(wire_in, "rb"), calls), daemon=True, name="wire")
    reader.start()
    wire = _Wire(os.fdopen(wire_out, "wb", buffering=0))
    import numpy

    wire.send({"kind": "hello", "python": sys.version.split()[0], "numpy": numpy.__version__, "pid": os.getpid()})
    home = Path.cwd()
    while True:
        call = calls.get()
        folders.update(call["folders"])
        with contextlib.suppress(OSError):
            os.chdir(call.get("cwd") or home)
        _serve(call, wire)
        with contextlib.suppress(OSError):
            os.chdir(home)


def _serve(call: dict[str, Any], wire: _Wire) -> None:
    number = call["id"]
    wire.send({"kind": "started", "id": number})
    before = threading.active_count()
    output.restart()
    timeout = call.get("timeout")
    if timeout is not None:
        # Shortly before the parent kills this process, the file gets to know where it was.
        faulthandler.dump_traceback_later(max(timeout * 0.9, timeout - 0.2), file=_CAPTURE)

    def report(value: dict[str, Any]) -> None:
        wire.send({"kind": "progress", "id": number, "value": value})

    try:
        service = _find(call["service"])
        answer: dict[str, Any] = {"kind": "result", "id": number, "value": service(call["params"], report)}
        message = encode(answer)
    except MemoryError:
        message = encode({"kind": "memory", "id": number, "output": output.printed()})
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        message = encode({"kind": "error", "id": number, "message": text, "trace": traceback.format_exc()})
    finally:
        if timeout is not None:
            faulthandler.cancel_dump_traceback_later()
    # Threads that the call left behind would disturb the next one.
    if threading.active_count() > before:
        wire.send({"kind": "threads", "id": number})
    wire.send_bytes(message)


def _find(service: str) -> Callable[[dict[str, Any], Callable[[dict[str, Any]], None]], dict[str, Any]]:
    module, _, name = service.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


class _Wire:
    """The way to the parent; threads of a service may report too."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        self.send_bytes(encode(message))

    def send_bytes(self, data: bytes) -> None:
        view = memoryview(data)
        with self._lock:
            while view:
                view = view[self._stream.write(view) or 0 :]


def _read(stream: BinaryIO, calls: queue.SimpleQueue[dict[str, Any]]) -> None:
    while True:
        message = None
        with contextlib.suppress(OSError, ValueError):
            message = read_message(stream)
        if message is None:
            _end()
        else:
            calls.put(message)


_exit = os._exit


def _end() -> None:
    """The parent is gone: this process and what it started have nobody to work for."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    _exit(0)


def _die_with_parent(parent: int) -> None:
    """Linux kills this process when its parent dies, even while it runs code that never lets go."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            _end()


def _trace_exits() -> None:
    """``os._exit`` leaves no trace; this one tells the file where it was called."""

    def traced(status: int) -> None:
        faulthandler.dump_traceback(file=_CAPTURE, all_threads=False)
        _exit(status)

    os._exit = traced  # type: ignore[assignment]
