"""Latency of the language server beside its neighbours, in one run, on the same files, over real pipes.

Run it with `python tests/bench/bench_server.py [--edits 40] [--lines 500 5000] [--only step,ruff]`. It prints, for each
server and file: cold start to the first diagnostics; didChange to diagnostics, hover and completion (p50 / p95,
milliseconds); CPU milliseconds an edit; memory. The neighbours (ruff, pylsp, pyright) are installed into
`.cache/bench-servers` the first time. Nothing is asserted: machines differ, ratios in one run count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
CACHE = ROOT / ".cache" / "bench-servers"
PATIENCE = 90.0

from tests.benchmark.solutions import ALL, solved  # noqa: E402


@dataclass(frozen=True)
class Neighbour:
    """A server: how it is started, and the packages that it comes from."""

    name: str
    command: tuple[str, ...]
    pip: str = ""
    npm: str = ""


NEIGHBOURS = (
    Neighbour("step", (str(Path(sys.executable).parent / "steplang"), "lsp")),
    Neighbour("ruff", (str(CACHE / "bin" / "ruff"), "server"), pip="ruff"),
    Neighbour("pylsp", (str(CACHE / "bin" / "pylsp"),), pip="python-lsp-server[pyflakes,pycodestyle]"),
    Neighbour("pyright", ("node", str(CACHE / "node_modules/pyright/langserver.index.js"), "--stdio"), npm="pyright"),
)


def install(neighbour: Neighbour) -> None:
    """Puts a neighbour into the cache, if it is not there."""
    marker = CACHE / f"{neighbour.name}.installed"
    if marker.exists() or not (neighbour.pip or neighbour.npm):
        return
    print(f"installing {neighbour.pip or neighbour.npm} into {CACHE.relative_to(ROOT)} …", file=sys.stderr)
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (CACHE / "bin").exists():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE)], check=True)
    if neighbour.pip:
        subprocess.run([str(CACHE / "bin" / "pip"), "install", "-q", neighbour.pip], check=True)
    else:
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "install", "--silent", "--no-fund", "--no-audit", neighbour.npm], cwd=CACHE, check=True)
    marker.touch()


def sample(lines: int) -> str:
    """A file of about so many lines: right operators of both suites, one after the other."""
    parts: list[str] = []
    count = index = 0
    while count < lines:
        text = solved(ALL[index % len(ALL)])
        index += 1
        if "torch" not in text:
            parts.append(text)
            count += text.count("\n") + 2
    return "\n\n".join(parts)


@dataclass
class Figures:
    """What was measured of one server on one file; times in milliseconds, memory in MiB."""

    start: float = 0.0
    change: list[float] = field(default_factory=list)
    hover: list[float] = field(default_factory=list)
    completion: list[float] = field(default_factory=list)
    cpu: float = 0.0
    memory: float = 0.0


class Client:
    """A plain client: messages in JSON over the pipes of a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.number = 0
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self.published: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reader = asyncio.create_task(self.read())

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    async def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self.waiting[self.number] = asyncio.get_running_loop().create_future()
        self.send({"id": self.number, "method": method, "params": params})
        return await asyncio.wait_for(self.waiting[self.number], PATIENCE)

    async def read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        while True:
            size = 0
            while (line := await stdout.readline()).strip():
                if line.lower().startswith(b"content-length"):
                    size = int(line.split(b":")[1])
            if not size:
                return
            message = json.loads(await stdout.readexactly(size))
            if "method" in message and "id" in message:
                items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
                configured = message["method"] == "workspace/configuration"
                self.send({"id": message["id"], "result": [None] * len(items) if configured else None})
            elif message.get("method") == "textDocument/publishDiagnostics":
                self.published.put_nowait(message["params"])
            elif "id" in message and "method" not in message and message["id"] in self.waiting:
                self.waiting.pop(message["id"]).set_result(message.get("result"))

    async def pushed(self, uri: str) -> None:
        """The next push of a document's diagnostics."""
        while (await asyncio.wait_for(self.published.get(), PATIENCE))["uri"] != uri:
            pass


CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "diagnostic": {},
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {}},
    },
}


async def measure(neighbour: Neighbour, text: str, edits: int, folder: Path) -> Figures:
    """One server on one file."""
    figures = Figures()
    path = folder / "module.py"
    path.write_text(text)
    uri = path.as_uri()
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *neighbour.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        limit=1 << 26,
    )
    client = Client(process)
    result = await client.ask(
        "initialize",
        {"processId": None, "rootUri": folder.as_uri(), "capabilities": CAPABILITIES,
         "workspaceFolders": [{"uri": folder.as_uri(), "name": "bench"}], "initializationOptions": {}},
    )  # fmt: skip
    pulls = bool(result["capabilities"].get("diagnosticProvider"))
    client.tell("initialized", {})

    async def diagnostics() -> None:
        if pulls:
            await client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        else:
            await client.pushed(uri)

    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.tell("textDocument/didOpen", {"textDocument": item})
    await diagnostics()
    figures.start = 1000 * (time.perf_counter() - started)
    lines = text.split("\n")
    places = [index for index, line in enumerate(lines) if line.startswith("    return step.")]
    place = places[len(places) // 2]
    end = len(lines[place])
    watched = psutil.Process(process.pid)
    before = cpu_of(watched)
    for number in range(edits):
        typed = number % 2 == 0
        spot = {"start": {"line": place, "character": end}, "end": {"line": place, "character": end + (not typed)}}
        version = {"uri": uri, "version": number + 2}
        while not client.published.empty():
            client.published.get_nowait()
        began = time.perf_counter()
        change = {"range": spot, "text": ")" if typed else ""}
        client.tell("textDocument/didChange", {"textDocument": version, "contentChanges": [change]})
        await diagnostics()
        figures.change.append(1000 * (time.perf_counter() - began))
    figures.cpu = 1000 * (cpu_of(watched) - before) / max(edits, 1)
    at = {"textDocument": {"uri": uri}, "position": {"line": place, "character": lines[place].index("step.") + 6}}
    for provider, method, into in (
        ("hoverProvider", "hover", figures.hover),
        ("completionProvider", "completion", figures.completion),
    ):
        for _ in range(edits // 2 if result["capabilities"].get(provider) else 0):
            began = time.perf_counter()
            await client.ask(f"textDocument/{method}", at)
            into.append(1000 * (time.perf_counter() - began))
    family = [watched, *watched.children(recursive=True)]
    figures.memory = sum(one.memory_info().rss for one in family) / (1 << 20)
    client.reader.cancel()
    process.kill()
    await process.wait()
    return figures


def cpu_of(process: psutil.Process) -> float:
    """Seconds of computing of a process and its children."""
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def shown(values: Sequence[float]) -> str:
    """p50 / p95."""
    if not values:
        return "–"
    ordered = sorted(values)
    return f"{statistics.median(ordered):.1f} / {ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]:.1f}"


def run(names: Iterable[str], sizes: Sequence[int], edits: int) -> None:
    """Measures and prints."""
    chosen = [one for one in NEIGHBOURS if one.name in names]
    for neighbour in chosen:
        install(neighbour)
    head = (
        f"{'lines':>6} {'server':<8} {'start':>7} {'change':>17} {'cpu':>6} {'hover':>14} {'completion':>15} {'MiB':>5}"
    )
    print(head, flush=True)
    for size in sizes:
        text = sample(size)
        for neighbour in chosen:
            folder = CACHE / "work" / neighbour.name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                found = asyncio.run(measure(neighbour, text, edits, folder))
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                reason = error or type(error).__name__
                print(f"{text.count(chr(10)):>6} {neighbour.name:<8} failed: {reason}", flush=True)
                continue
            print(
                f"{text.count(chr(10)):>6} {neighbour.name:<8} {found.start:>7.0f} {shown(found.change):>17} "
                f"{found.cpu:>6.1f} {shown(found.hover):>14} {shown(found.completion):>15} {found.memory:>5.0f}",
                flush=True,
            )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--lines", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--only", default=",".join(one.name for one in NEIGHBOURS))
    options = parser.parse_args()
    run(options.only.split(","), options.lines, options.edits)
    return 0


if __name__ == "__main__":
    sys.exit(main())
