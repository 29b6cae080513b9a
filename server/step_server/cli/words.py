"""What may be meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from step_server.cli.errors import UsageProblem


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


def one_of(what: str, given: str, known: Iterable[str], where: str = "") -> str:
    """The given word, which must be one of the known.

    Raises:
        UsageProblem: it is not; the message says what may be meant, and what there is.
    """
    words = list(known)
    if given not in words:
        there = (
            f"there are {', '.join(words)}" if len(words) > 1 else f"there is {words[0]}" if words else "there is none"
        )
        raise UsageProblem(f"there is no {what} {given!r}{where}{did_you_mean(given, words)} ({there})")
    return given
