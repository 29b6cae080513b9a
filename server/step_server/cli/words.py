"""What may be meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word that is written most like this one; None where none is."""
    small = {one.lower(): one for one in known}
    close = get_close_matches(word.lower(), small, 1, 0.6)
    if close:
        return small[close[0]]
    begins = [one for low, one in small.items() if len(word) > 1 and low.startswith(word.lower())]
    return begins[0] if len(begins) == 1 else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?``, as the end of a message; empty where nothing is written like it."""
    found = meant(word, known)
    return f"; did you mean {found}?" if found else ""
