"""Colours of a terminal."""

from __future__ import annotations

import os
from typing import TextIO

_COLOURS = {"error": "31", "warning": "33", "information": "36", "hint": "36", "good": "32", "dim": "2", "bold": "1"}


class Paint:
    """Colours, where a terminal shows them and nobody said NO_COLOR."""

    def __init__(self, stream: TextIO) -> None:
        forced = os.environ.get("FORCE_COLOR")
        self.on = bool(forced) or (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def __call__(self, text: str, *styles: str) -> str:
        """The text in styles."""
        if not self.on or not text:
            return text
        return f"\x1b[{';'.join(_COLOURS[one] for one in styles)}m{text}\x1b[0m"
