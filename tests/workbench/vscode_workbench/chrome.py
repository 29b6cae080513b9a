"""Chromium, headless, with one profile a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .code_server import CodeServer
from .install import chromium
from .page import Workbench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WINDOW = (1440, 900)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=str(chromium()), args=list(FLAGS), headless=True)


@contextmanager
def workbench(
    browser: Browser, server: CodeServer, shots: Path, window: tuple[int, int] = WINDOW, scale: float = 1
) -> Iterator[Workbench]:
    """The server's workbench in a page of its own; what the page's console said is kept beside the screenshots."""
    width, height = window
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: console.append(f"pageerror: {error}"))
    try:
        bench = Workbench(page, shots)
        bench.open(server.url)
        yield bench
        bench.screenshot("end")
    finally:
        shots.mkdir(parents=True, exist_ok=True)
        (shots / "console.log").write_text("\n".join(console))
        context.close()
