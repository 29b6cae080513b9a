"""Writing a whole file at once: a full disk or a kill leaves the old one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, text: str) -> None:
    """Replaces a file by a text; its permissions stay. What is no ordinary file (``/dev/stdout``, a pipe) is written
    to.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    target = path.resolve()  # through a link, which stays one
    is_there = target.exists()
    if is_there and not os.access(target, os.W_OK):
        raise PermissionError(13, "it is read-only")
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")  # lines end as they do in the text
        with beside.open("r+b") as written:
            os.fsync(written.fileno())
        if is_there:
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
