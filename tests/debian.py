"""Debian packages that tests need: editors, a browser, a database server. `python tests/debian.py` installs them all,
`python tests/debian.py PACKAGE` one of them.

A test that needs one fails without it: it is never passed over.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "ripgrep": ("rg",),
    "neovim": ("nvim",),
    "postgresql": ("initdb",),
}
"""Each package, and the programs of which it gives one."""


class PackageMissing(RuntimeError):
    """A package is not there and cannot be installed; the message says what to do."""


def is_there(package: str) -> bool:
    """Whether one of a package's programs is there."""
    path = os.pathsep.join([*os.get_exec_path(), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
    return any(shutil.which(program, path=path) for program in PACKAGES[package])


def install(*packages: str) -> None:
    """Installs what is missing, and says so; processes that ask at the same time wait for each other.

    Raises:
        PackageMissing: it cannot be installed here.
    """
    with (Path(tempfile.gettempdir()) / "steplang-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [one for one in packages if not is_there(one)]
        if not missing:
            return
        by_hand = f"install it as root: apt-get install {' '.join(missing)}"
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if shutil.which("apt-get") is None or (prefix and shutil.which("sudo") is None):
            raise PackageMissing(f"these tests need {', '.join(missing)}; {by_hand}")
        print(f"installing Debian's {', '.join(missing)}", file=sys.stderr, flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *missing]):
            done = subprocess.run(
                [*prefix, "apt-get", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise PackageMissing(f"apt-get {command[0]} failed; {by_hand}\n{done.stderr.strip()[-1000:]}")


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PACKAGES)
    unknown = set(wanted) - set(PACKAGES)
    if unknown:
        sys.exit(f"error: no test needs {', '.join(sorted(unknown))}; there are {', '.join(PACKAGES)}")
    try:
        install(*wanted)
    except PackageMissing as error:
        sys.exit(f"error: {error}")
