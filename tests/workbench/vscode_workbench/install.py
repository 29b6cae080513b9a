"""Install the workbench: code-server from npm into `.cache/workbench`, Chromium from Debian.

Idempotent, and quick when nothing is to do: a stamp holds what was installed. `python tests/workbench/install.py`
runs it alone; the test fixtures, the screenshots and `make vscode` call it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .paths import CACHE, CODE_SERVER, HERE, ROOT

RECIPE = 2
"""Counts changes of the steps below, so that an old cache is made anew."""

VSCODE = CODE_SERVER / "lib" / "vscode"

_MANIFESTS = ("package.json", "package-lock.json")


class InstallError(RuntimeError):
    """The workbench could not be installed; the message says what to do."""


def install_workbench() -> None:
    """Make `.cache/workbench` hold a working code-server; about a minute and a half the first time."""
    stamp = CACHE / "installed"
    wanted = _fingerprint()
    with one_at_a_time("workbench"):
        if not stamp.exists() or stamp.read_text() != wanted:
            _install_code_server()
            stamp.write_text(wanted)
        _link_ripgrep()


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Keeps other processes out (pytest-xdist runs the same fixtures in several)."""
    CACHE.parent.mkdir(exist_ok=True)
    with (CACHE.parent / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_code_server() -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise InstallError(f"`{tool}` is missing: the workbench needs Node.js 20 and npm on PATH")
    if not _node_version().startswith("v20."):
        raise InstallError(f"code-server 4.100 needs Node.js 20; `node --version` says {_node_version()}")
    _say("installing VS Code's workbench (code-server) into .cache/workbench: about a minute and a half, once")
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    for name in _MANIFESTS:
        shutil.copy(HERE / name, CACHE / name)

    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    # Scripts are off because code-server's own postinstall fetches and builds far more than the tests need.
    _npm(["ci", "--ignore-scripts", *quiet], CACHE)
    _npm(["install", "--ignore-scripts", "--omit=dev", *quiet], VSCODE)
    _npm(["rebuild", "argon2", *quiet], CACHE)  # code-server loads it on start
    _npm(["rebuild", "@vscode/spdlog", *quiet], VSCODE)  # without it output channels stay empty

    _link(VSCODE / "node_modules.asar", "node_modules")
    _link(VSCODE / "bin" / "remote-cli" / "code-server", "code-linux.sh")
    _link(VSCODE / "bin" / "helpers" / "browser.sh", "browser-linux.sh")


def chromium() -> Path:
    """Path of a Chromium; installs Debian's where it is missing and this process may do so.

    Raises:
        InstallError: there is none and it could not be installed
    """
    problem = None if _find_chromium() else _debian("chromium")
    found = _find_chromium()
    if found is None:
        raise InstallError(f"Chromium is missing: {problem or 'it was installed, yet it is not on PATH'}")
    return found


def _debian(package: str) -> str | None:
    """Installs a Debian package; says why, where it cannot.

    By its command: run as scripts, these modules do not see the package `tests`.
    """
    script = ROOT / "tests" / "debian.py"
    done = subprocess.run([sys.executable, str(script), package], stderr=subprocess.PIPE, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


def _find_chromium() -> Path | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in _MANIFESTS:
        digest.update((HERE / name).read_bytes())
    digest.update(f"{RECIPE} {_node_version()}".encode())
    return digest.hexdigest()


def _node_version() -> str:
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _npm(arguments: list[str], cwd: Path) -> None:
    environment = dict(os.environ)
    headers = _node_prefix()
    if headers is not None:  # saves node-gyp a download of headers that the system has
        environment["npm_config_nodedir"] = str(headers)
    done = subprocess.run(["npm", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-4000:]
        raise InstallError(f"`npm {' '.join(arguments)}` failed in {cwd}:\n{tail}")


def _node_prefix() -> Path | None:
    node = shutil.which("node")
    if node is None:
        return None
    prefix = Path(node).resolve().parent.parent
    return prefix if (prefix / "include" / "node" / "node.h").exists() else None


def _link(link: Path, target: str) -> None:
    if not link.is_symlink():
        link.symlink_to(target)


def _link_ripgrep() -> None:
    """VS Code finds files with ripgrep, which npm would fetch from elsewhere: the system's serves.

    Without it the workbench runs; only finding files (the search view, Test Explorer's unopened files) finds nothing.
    """
    wanted = VSCODE / "node_modules" / "@vscode" / "ripgrep" / "bin" / "rg"
    if wanted.exists():
        return
    if shutil.which("rg") is None:
        problem = _debian("ripgrep")
        if problem is not None:
            _say(f"without ripgrep the workbench finds no files: {problem}")
    system = shutil.which("rg")
    if system is not None:
        wanted.parent.mkdir(exist_ok=True)
        wanted.unlink(missing_ok=True)
        wanted.symlink_to(system)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
