"""What can go wrong with the experience database, told so that a person can act on it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

from step_agents.errors import AgentError


class ExperienceError(AgentError):
    """The experience database cannot do what was asked. A synthesis keeps its result all the same."""


class Corrupted(Exception):
    """The database file is broken. Handled inside the buffer: reading tells it, writing sets the file aside."""


_BROKEN = ("malformed", "not a database", "file is encrypted", "database corruption", "unsupported file format")
_FULL = ("database or disk is full", "no space left", "could not extend file", "disk full", "file too large")
_READONLY = ("readonly database", "read-only", "permission denied", "unable to open database file")
_LOCKED = ("database is locked", "database table is locked", "due to lock timeout")


def translate(error: Exception, where: str) -> Exception:
    """A driver's error as an :class:`ExperienceError`, or as :class:`Corrupted`."""
    told = str(getattr(error, "orig", None) or error)
    low = told.lower()
    if any(sign in low for sign in _BROKEN):
        return Corrupted(told)
    if any(sign in low for sign in _FULL):
        return ExperienceError("EXPERIENCE-FULL", f"{where}: the disk is full ({told}): free some space")
    if any(sign in low for sign in _READONLY):
        return ExperienceError(
            "EXPERIENCE-READONLY",
            f"{where} cannot be written ({told}): results are not remembered; give write permission, or another place "
            "(--experience, $STEPLANG_EXPERIENCE, or the setting step.experience.url)",
        )
    if any(sign in low for sign in _LOCKED):
        return ExperienceError("EXPERIENCE-LOCKED", f"{where} is held by another program ({told}); try again")
    if "disk i/o error" in low:
        return ExperienceError("EXPERIENCE-IO", f"{where}: the disk failed ({told}); check it, nothing was kept")
    if isinstance(error, (OperationalError, DBAPIError)):
        first = told.strip().splitlines()[0] if told.strip() else type(error).__name__
        return ExperienceError("EXPERIENCE-UNREACHABLE", f"{where} cannot be used: {first}; check address and server")
    return error
