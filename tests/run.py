"""Every check of the project, one after the other: `make test`. Prints what failed, and how long each took."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXTENSION = ROOT / "vscode-extension"
BIN = Path(sys.executable).parent
PYTEST = (f"{BIN}/python", "-m", "pytest", "-q", "-n", "2", "--durations=15")


@dataclass(frozen=True)
class Step:
    """One check: what it is called, what it belongs to, the command and where it runs."""

    name: str
    group: str
    command: tuple[str, ...]
    folder: Path = ROOT


STEPS = (
    Step("system packages", "tests", (f"{BIN}/python", "tests/debian.py")),
    Step("ruff check", "lint", (f"{BIN}/ruff", "check", ".")),
    Step("ruff format", "lint", (f"{BIN}/ruff", "format", "--check", ".")),
    Step("mypy", "lint", (f"{BIN}/mypy",)),
    Step("npm ci", "extension", ("npm", "ci", "--no-progress"), EXTENSION),
    Step("eslint and tsc", "extension", ("npm", "run", "--silent", "lint"), EXTENSION),
    Step("extension's unit tests", "extension", ("npm", "run", "--silent", "test"), EXTENSION),
    Step("pytest", "tests", (*PYTEST, "-m", "not workbench", "--dist", "loadfile")),
    Step("pytest in VS Code's workbench", "workbench", (*PYTEST, "-m", "workbench", "tests/workbench")),
)


def main() -> int:
    """Runs the steps; 0 only if every one passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted({step.group for step in STEPS}))
    chosen = parser.parse_args().only
    results: list[tuple[Step, int, float]] = []
    for step in STEPS:
        if chosen and step.group != chosen:
            continue
        print(f"\n=== {step.name}: {' '.join(step.command)}", flush=True)
        started = time.monotonic()
        try:
            status = subprocess.run(step.command, cwd=step.folder, stdin=subprocess.DEVNULL).returncode
        except FileNotFoundError as error:
            print(f"cannot run {step.command[0]}: {error.strerror}; it is part of what a clean machine has")
            status = 127
        results.append((step, status, time.monotonic() - started))
    print()
    for step, status, seconds in results:
        print(f"{'ok    ' if status == 0 else 'FAILED'} {step.name} ({seconds:.0f} s)")
    failed = sum(status != 0 for _, status, _ in results)
    print(f"steps: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
