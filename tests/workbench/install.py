"""`python tests/workbench/install.py`: install the workbench and Chromium, or say that they are there."""

from __future__ import annotations

import sys

from vscode_workbench.install import InstallError, chromium, install_workbench

if __name__ == "__main__":
    try:
        install_workbench()
        print(f"workbench ready; browser: {chromium()}")
    except InstallError as error:
        sys.exit(f"error: {error}")
