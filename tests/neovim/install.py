"""Neovim for the tests: Debian's package, installed where there is none. A missing editor is a failure."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


class EditorMissing(RuntimeError):
    """There is no Neovim, and it could not be installed; the message says what to do."""


def neovim() -> str:
    """The path of `nvim`.

    Raises:
        EditorMissing: it is not there and cannot be installed.
    """
    with (Path(tempfile.gettempdir()) / "steplang-neovim.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shutil.which("nvim")
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for command in (("update", "-q"), ("install", "-y", "-q", "--no-install-recommends", "neovim")):
                done = subprocess.run(["apt-get", *command], capture_output=True, text=True, env=environment)
                if done.returncode:
                    raise EditorMissing(f"apt-get {command[0]} failed: {done.stderr.strip()[-500:]}")
            found = shutil.which("nvim")
    if found is None:
        raise EditorMissing("these tests drive Neovim: install it, for example with `apt-get install neovim`")
    return found


if __name__ == "__main__":
    print(neovim())
