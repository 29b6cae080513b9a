"""`make demo`: synthesizes the hole of rms_norm.py offline, prints the diff, and checks the result."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).parent / "rms_norm.py"


def main() -> int:
    """Works on a copy, so that the example stays a hole."""
    steplang = Path(sys.executable).parent / "steplang"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / EXAMPLE.name
        shutil.copy(EXAMPLE, copy)
        print(f"$ steplang synth examples/{EXAMPLE.name}:rms_norm --diff", flush=True)
        if status := subprocess.run([steplang, "synth", f"{copy}:rms_norm", "--diff"], cwd=folder).returncode:
            return status
        print(f"\n$ steplang synth examples/{EXAMPLE.name}:rms_norm --write", flush=True)
        if status := subprocess.run([steplang, "synth", f"{copy}:rms_norm", "--write"], cwd=folder).returncode:
            return status
        print(f"\n$ steplang check examples/{EXAMPLE.name}", flush=True)
        return subprocess.run([steplang, "check", copy.name], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
