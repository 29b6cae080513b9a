"""The process behind a sandbox: its start, one call at a time, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import signal
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from step.sandbox.boot import SOURCE
from step.sandbox.errors import (
    ChildCrashed,
    ChildOutOfMemory,
    Frame,
    InterpreterMissing,
    SandboxError,
    ServiceError,
)
from step.sandbox.limits import Limits
from step.sandbox.protocol import HEADER, MARK, decode, encode, length_of

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_TO_START_MIB = 128  # Python and NumPy start with less than this
_TAIL = 20_000  # bytes read of what a dead child printed
_FRAME = re.compile(r'^  File "(?P<file>[^"]*)", line (?P<line>\d+) in (?P<function>.*)$')
_DUMP = re.compile(r"(Current thread|Stack \(most recent|Timeout \(|Fatal Python error)")

Progress = Callable[[dict[str, Any]], None]


class ChildProcess:
    """One process, from its start to its end."""

    def __init__(self, interpreter: str, limits: Limits, cwd: str | None) -> None:
        self._interpreter, self._limits, self._cwd = interpreter, limits, cwd
        self._process: asyncio.subprocess.Process | None = None
        self._capture = _capture_file()
        self._tail: tuple[tuple[Frame, ...], str] = ((), "")
        self._reaped = False
        self.must_go = False
        self.started = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        settings = {
            "memory_mib": self._limits.memory_mib,
            "file_mib": self._limits.file_mib,
            "parent": os.getpid(),
        }
        arguments = ["-c", SOURCE, json.dumps(folders_of("step")), json.dumps(settings)]
        environment = {**dict.fromkeys(_ONE_THREAD, "1"), **os.environ}
        try:
            self._process = await asyncio.create_subprocess_exec(
                self._interpreter,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._capture,
                cwd=self._cwd,
                env=environment,
                start_new_session=True,
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._cwd is not None and not Path(self._cwd).is_dir():
                raise InterpreterMissing(f"there is no folder {self._cwd} to run Python in") from error
            raise InterpreterMissing(
                f"there is no Python at {self._interpreter}: choose an interpreter that exists, with NumPy installed"
            ) from error
        except OSError as error:
            raise InterpreterMissing(
                f"{self._interpreter} cannot be started ({error.strerror}): choose another Python interpreter"
            ) from error
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                await self._reader.readuntil(MARK)
                hello = await self._receive()
        except TimeoutError:
            raise InterpreterMissing(
                f"{self._interpreter} did not start within {self._limits.start_seconds:g} s"
            ) from None
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            self.kill()
            await self.reap()
            words = self._tail[1].strip().splitlines()
            limit = self._limits.memory_mib
            if limit is not None and limit < _TO_START_MIB:
                said = f"{self._interpreter} does not start with {limit} MiB of memory: allow {_TO_START_MIB}, or more"
            else:
                said = f"{self._interpreter} does not start as Python"
            raise InterpreterMissing(said + (f": {words[-1]}" if words else "")) from None
        if hello["kind"] != "hello":
            raise InterpreterMissing(_refusal(self._interpreter, hello))

    async def call(self, message: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
        """The answer to a call. ``started`` tells afterwards whether the child had taken it."""
        self.started = False
        try:
            self._writer.write(encode(message))
            await self._writer.drain()
            while True:
                answer = await self._receive()
                if answer.get("id") != message["id"]:
                    continue
                match answer["kind"]:
                    case "started":
                        self.started = True
                    case "progress":
                        if progress is not None:
                            progress(answer["value"])
                    case "threads":
                        self.must_go = True
                    case "result":
                        return answer["value"]  # type: ignore[no-any-return]
                    case "memory":
                        self.must_go = True
                        raise ChildOutOfMemory(self._out_of_memory(), output=answer.get("output", ""))
                    case _:
                        raise ServiceError(answer["message"], answer.get("trace", ""))
        except (asyncio.IncompleteReadError, ConnectionError, BrokenPipeError, ValueError) as error:
            self.kill()
            await self.reap()
            raise self._crash() from error

    def kill(self) -> None:
        """Kills the process and everything it started; at once, and more than once does no harm."""
        if self._process is None or self._reaped:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            elif self._process.returncode is None:
                self._process.kill()

    async def reap(self) -> None:
        """Waits for the end of a killed process and keeps its last words."""
        if self._process is not None:
            await self._process.wait()
            self._reaped = True
            if self._process.stdin is not None:
                self._process.stdin.close()
        if not self._capture.closed:
            self._tail = _last_words(self._capture)
            self._capture.close()

    def last_words(self) -> tuple[tuple[Frame, ...], str]:
        """Where it was, and what it had printed."""
        return self._tail

    async def _receive(self) -> dict[str, Any]:
        header = await self._reader.readexactly(HEADER)
        return decode(await self._reader.readexactly(length_of(header)))

    @property
    def _reader(self) -> asyncio.StreamReader:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout

    @property
    def _writer(self) -> asyncio.StreamWriter:
        assert self._process is not None and self._process.stdin is not None
        return self._process.stdin

    def _out_of_memory(self) -> str:
        limit = self._limits.memory_mib
        return f"more memory is needed than the limit of {limit} MiB" if limit else "there is not enough memory"

    def _crash(self) -> SandboxError:
        frames, output = self._tail
        code = self._process.returncode if self._process is not None else None
        return ChildCrashed(_how_it_ended(code), exit_code=code, frames=frames, output=output)


def _capture_file() -> IO[bytes]:
    """Where a child prints to; nowhere, if there is no place for files."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return Path(os.devnull).open("r+b", buffering=0)


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "the process ended"
    if code >= 0:
        return f"the process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    meaning = {"SIGKILL": " (killed, perhaps by the system for want of memory)", "SIGSEGV": " (it crashed)"}
    return f"the process was ended by {name}{meaning.get(name, '')}"


def _refusal(interpreter: str, message: Mapping[str, Any]) -> str:
    if message.get("reason") == "numpy":
        detail = message.get("detail", "")
        return (
            f"{interpreter} (Python {message['python']}) has no NumPy 2 ({detail}): install it with "
            f"`{interpreter} -m pip install 'numpy>=2'`, or choose another interpreter"
        )
    return f"{interpreter} is Python {message.get('python')}, and 3.11 or newer is needed: choose another interpreter"


@cache
def folders_of(*packages: str) -> dict[str, str]:
    """Where the packages that a child shall import are: it may run another Python, where they are not installed."""
    found = {}
    for package in packages:
        spec = importlib.util.find_spec(package) if package else None
        if spec is None:
            continue
        places = list(spec.submodule_search_locations or ()) or ([spec.origin] if spec.origin else [])
        if places:
            found[package] = str(Path(places[0]).parent)
    return found


def _last_words(capture: IO[bytes]) -> tuple[tuple[Frame, ...], str]:
    """The traceback at the end of what a process printed, and what it printed before that."""
    capture.seek(0, os.SEEK_END)
    capture.seek(max(capture.tell() - _TAIL, 0))
    lines = capture.read().decode(errors="replace").splitlines()
    start = next((number for number, line in enumerate(lines) if _DUMP.match(line)), len(lines))
    frames = []
    for line in lines[start:]:
        match = _FRAME.match(line)
        if match:
            frames.append(Frame(match["file"], int(match["line"]), match["function"]))
    return tuple(frames), "\n".join(lines[:start])
