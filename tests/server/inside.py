"""A server inside the test's process, spoken to in JSON: as fast as it is, with everything of it to be looked at."""

from __future__ import annotations

import asyncio
import json
import selectors
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from step_server.server import StepServer, make_server

DATABASE = Path(tempfile.mkdtemp(prefix="steplang-tests-")) / "experience.db"
CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "diagnostic": {},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}, "applyEdit": True},
}


class _Impatient(selectors.DefaultSelector):
    """A selector that, where the loop would wait for a timer, waits a moment and lets the clock run ahead.

    A moment of real time stands for at most a hundred of the loop's, so that threads and pipes get their turn
    before a time limit is over.
    """

    MOMENT = 0.0005  # seconds

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout <= self.MOMENT:
            return super().select(timeout)
        events = super().select(self.MOMENT)
        if not events:
            self.ahead += min(timeout, 100 * self.MOMENT) - self.MOMENT
        return events


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop that does not sit out its timers: pauses of seconds pass in milliseconds, in their order."""

    def __init__(self) -> None:
        self.impatient = _Impatient()
        super().__init__(self.impatient)

    def time(self) -> float:
        return super().time() + self.impatient.ahead


class Inside:
    """A server that is fed messages; answers are JSON values. In a hurry, it does not sit out its pauses."""

    def __init__(
        self,
        encoding: str = "utf-16",
        *,
        trusted: bool = False,
        pull: bool = True,
        hurry: bool = False,
        root: str = "file:///w",
        watches: bool = False,
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = HurriedLoop() if hurry else asyncio.new_event_loop()
        self.pause = 0.05 if hurry else 0.001  # seconds of the loop's clock
        self.answers: dict[int, Any] = {}
        self.notifications: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.errors: list[Any] = []
        self.versions: dict[str, int] = {}
        self.count = 0
        self.server: StepServer = make_server()
        self.server.protocol.set_writer(self)  # type: ignore[arg-type]
        capabilities = json.loads(json.dumps(CAPABILITIES))
        capabilities["general"]["positionEncodings"] = [encoding]
        if watches:
            capabilities["workspace"]["didChangeWatchedFiles"] = {"dynamicRegistration": True}
        if not pull:
            del capabilities["textDocument"]["diagnostic"]
        self.result = self.ask(
            "initialize",
            {"processId": None, "rootUri": root, "capabilities": capabilities,
             "initializationOptions": {"trusted": trusted, "settings": {"experience.url": f"sqlite:///{DATABASE}"}}},
        )  # fmt: skip
        self.tell("initialized", {})

    def write(self, data: bytes) -> None:
        """Takes what the server sends."""
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if "method" in message and "id" in message:
            self.requests.append(message)
        elif "method" in message:
            self.notifications.append(message)
            if message["method"] == "window/logMessage" and message["params"]["type"] <= 2:
                self.errors.append(message["params"]["message"])
        elif "error" in message:
            self.errors.append(message["error"])
            self.answers[message["id"]] = None
        else:
            self.answers[message["id"]] = message.get("result")

    def close(self) -> None:
        """The writer's end; nothing to do."""

    def _feed(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message})
        protocol = self.server.protocol
        protocol.handle_message(json.loads(body, object_hook=protocol.structure_message))

    def tell(self, method: str, params: Any) -> None:
        """A notification; what it makes the server schedule at once is done."""

        async def work() -> None:
            self._feed({"method": method, "params": params})
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        self.loop.run_until_complete(work())

    def ask(self, method: str, params: Any) -> Any:
        """A request, and its answer."""
        self.count += 1
        number = self.count

        async def work() -> None:
            self._feed({"id": number, "method": method, "params": params})
            await self._until(lambda: number in self.answers, 0, f"no answer to {method}")

        self.loop.run_until_complete(work())
        return self.answers.pop(number)

    def open(self, text: str, uri: str = "file:///w/module.py") -> str:
        """Opens a document; returns its URI."""
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return uri

    def replace(self, text: str, uri: str = "file:///w/module.py") -> None:
        """Replaces the whole text of a document."""
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def told(self, method: str) -> list[Any]:
        """The parameters of every notification of a kind that came, in order."""
        return [one["params"] for one in self.notifications if one["method"] == method]

    def settle(self) -> None:
        """Waits until nothing is pending."""

        self.loop.run_until_complete(
            self._until(lambda: self.server.scheduler.load == (0, 0), self.pause, "the server does not come to rest")
        )

    @staticmethod
    async def _until(holds: Callable[[], bool], pause: float, otherwise: str) -> None:
        """Waits, a minute at most by the wall's clock: the loop's own may run ahead."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, otherwise
            await asyncio.sleep(pause)

    def stop(self) -> None:
        """Ends the session and the loop."""
        self.ask("shutdown", None)
        self.loop.run_until_complete(asyncio.sleep(0))
        self.settle()
        self.server.shutdown()
        self.loop.close()


def units(text: str, encoding: str) -> int:
    """Code units, counted by the codec itself."""
    if encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-8")) if encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


def position(text: str, offset: int, encoding: str = "utf-16") -> dict[str, int]:
    """The position of an offset, counted in another way than the server does."""
    line, start, index = 0, 0, 0
    while index < offset:
        if text[index] == "\r" and text[index + 1 : index + 2] == "\n":
            index += 1
            if index >= offset:  # between the two: the line's end
                break
        if text[index] in "\r\n":
            line, start = line + 1, index + 1
        index += 1
    return {"line": line, "character": units(text[start : max(index, start)].rstrip("\r"), encoding)}
