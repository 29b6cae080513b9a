"""`make demo`: synthesizes the hole of rms_norm.py offline, prints the diff, and checks the result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).parent / "rms_norm.py"
STEPS = (("synth", f"{EXAMPLE.name}:rms_norm", "--write"), ("check", EXAMPLE.name))


def main() -> int:
    """Works on a copy, so that the example stays a hole, and with an experience of its own, so that it is searched."""
    steplang = Path(sys.executable).parent / "steplang"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(EXAMPLE, folder)
        environment = os.environ | {"XDG_DATA_HOME": f"{folder}/data"}
        for step in STEPS:
            print(f"\n$ steplang {' '.join(step)}", flush=True)
            status = subprocess.run([steplang, *step], cwd=folder, env=environment).returncode
            if status:
                return status
    print(f"\nThe command is {steplang}; for this shell: . {steplang.parent}/activate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
