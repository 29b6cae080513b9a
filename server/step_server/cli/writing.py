"""Writing into a person's file: at once, and never over what was saved there meanwhile."""

from __future__ import annotations

from pathlib import Path

from step_agents.replacing import replace_file

from step_server.cli.files import read_source
from step_server.cli.show import shown


class NotWritten(Exception):
    """A file was left as it is; the message says which and why."""


def write(path: Path, text: str, was: str) -> None:
    """Replaces a file that holds ``was``, so that a full disk or a kill leaves the old one; its permissions stay.

    Raises:
        NotWritten: it cannot be written, is gone, or holds something else by now.
    """
    now = read_source(path)
    if now.problem is not None:
        raise NotWritten(f"{shown(path)} was not written: {now.problem}")
    if now.text != was:
        raise NotWritten(f"{shown(path)} was not written: it was changed meanwhile")
    try:
        replace_file(path, text)
    except OSError as error:
        raise NotWritten(f"{shown(path)} cannot be written: {error.strerror or error}") from None


def write_body(path: Path, text: str, was: str, operator: str, body: str) -> str:
    """Writes a module with a new body, ``text``, in place of ``was``. If the file was saved meanwhile, the body goes
    into what it holds now, as long as the operator and all that it uses are what they were. What was replaced.

    Raises:
        NotWritten: as :func:`write`; or the operator, or something that it uses, is another by now.
    """
    now = read_source(path)
    if now.problem is None and now.text != was:
        text, was = _moved_on(path, was, now.text, operator, body), now.text
    write(path, text, was)
    return was


def _moved_on(path: Path, was: str, now: str, operator: str, body: str) -> str:
    from step_server.documents import Document, uri_of
    from step_server.placing import reanchored

    uri = uri_of(path)
    placed = reanchored(Document(uri, 1, was).snapshot, Document(uri, 2, now).snapshot, operator, body)
    if placed is None:
        changed = f"{operator}, or something that it uses, was changed meanwhile"
        raise NotWritten(f"{shown(path)} was not written: {changed}")
    return placed.text
