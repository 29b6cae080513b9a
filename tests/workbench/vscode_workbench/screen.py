"""Waiting for what a page shall show; every wait that fails says what was seen instead."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from playwright.sync_api import Error as PlaywrightError

from .code_server import WorkbenchError

if TYPE_CHECKING:
    from playwright.sync_api import Page

T = TypeVar("T")

WAIT_SECONDS = 30.0
POLL_MILLISECONDS = 50


def plain(text: str) -> str:
    """Text of the editor with its non-breaking spaces made ordinary."""
    return text.replace("\u00a0", " ").replace("\u200c", "").replace("\u200d", "")


class Screen:
    """A page, looked at.

    Args:
        page: Chromium's page
        shots: where screenshots go
    """

    def __init__(self, page: Page, shots: Path) -> None:
        self.page = page
        self.shots = shots

    def until(self, what: str, look: Callable[[], T], seen: Callable[[], str], seconds: float = WAIT_SECONDS) -> T:
        """Waits until `look` gives something true, and gives that.

        Args:
            what: what is waited for, for the message
            look: is called again and again
            seen: says, after the time is over, what there is instead
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = look()
            except PlaywrightError:  # an element that was replaced meanwhile
                found = None
            if found:
                return found
            if time.monotonic() > deadline:
                self.screenshot("failure")
                raise WorkbenchError(f"waited {seconds:.0f} s for {what}; seen instead: {self._describe(seen)}")
            self.page.wait_for_timeout(POLL_MILLISECONDS)

    def _describe(self, seen: Callable[[], str]) -> str:
        try:
            return seen()
        except PlaywrightError as error:
            return f"(could not look: {error})"

    def texts(self, selector: str) -> list[str]:
        """The visible texts of what the selector finds."""
        return [plain(text).strip() for text in self.page.locator(selector).all_inner_texts()]

    def expect_text(self, what: str, selector: str, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        """Waits until a text among the selector's matches the pattern."""

        def look() -> str | None:
            return next((text for text in self.texts(selector) if re.search(pattern, text, re.S)), None)

        return self.until(f"{what} (/{pattern}/)", look, lambda: repr(self.texts(selector)), seconds)

    def expect_gone(self, what: str, selector: str, pattern: str = "", seconds: float = WAIT_SECONDS) -> None:
        """Waits until no text of the selector matches the pattern."""

        def look() -> bool:
            return not any(re.search(pattern, text, re.S) for text in self.texts(selector))

        self.until(f"{what} to go away", look, lambda: repr(self.texts(selector)), seconds)

    def screenshot(self, name: str) -> Path:
        """Keeps a picture of the page."""
        self.shots.mkdir(parents=True, exist_ok=True)
        path = self.shots / f"{name}.png"
        self.page.screenshot(path=str(path), animations="disabled")
        return path
