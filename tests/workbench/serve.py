"""`make vscode`: VS Code's workbench in a browser, with the extension and the examples.

It listens on 127.0.0.1 only. What you change is a copy under `.cache/vscode/`, so that the examples stay as they are;
`--here` opens the examples themselves.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from pathlib import Path

from vscode_workbench.code_server import CodeServer, WorkbenchError, install_extension
from vscode_workbench.extension import vsix
from vscode_workbench.install import InstallError, install_workbench
from vscode_workbench.paths import ROOT

HOME = ROOT / ".cache" / "vscode"
PORT = 8100


def main() -> None:
    parser = argparse.ArgumentParser(description="VS Code's workbench with the STeP extension, in a browser.")
    parser.add_argument("--port", type=int, default=PORT, help=f"on 127.0.0.1 (default: {PORT})")
    parser.add_argument("--here", action="store_true", help="open examples/ itself rather than a copy")
    parser.add_argument("folder", nargs="?", type=Path, help="another folder to open")
    arguments = parser.parse_args()
    try:
        serve(arguments.port, arguments.folder or (ROOT / "examples" if arguments.here else _copy_of_examples()))
    except (InstallError, WorkbenchError) as error:
        sys.exit(f"error: {error}")


def serve(port: int, folder: Path) -> None:
    """Serves until it is interrupted."""
    install_workbench()
    extensions = HOME / "extensions"
    shutil.rmtree(extensions, ignore_errors=True)
    install_extension(vsix(), extensions)
    settings = {
        "step.path": str(Path(sys.executable).parent / "steplang"),
        "step.interpreter": sys.executable,
        "workbench.colorTheme": "Default Dark Modern",
    }
    server = CodeServer(HOME / "server", folder.resolve(), extensions, settings, port=port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        server.start()
        print(f"VS Code with STeP: {server.url}\nCtrl+C stops it.", flush=True)
        assert server.process is not None
        server.process.wait()
    except KeyboardInterrupt:
        print()
    finally:
        server.stop()


def _copy_of_examples() -> Path:
    """A copy to play with; a file that is there already keeps its changes."""
    folder = HOME / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    for source in (ROOT / "examples").glob("*.py"):
        if source.name != "demo.py" and not (folder / source.name).exists():
            shutil.copy(source, folder / source.name)
    return folder


if __name__ == "__main__":
    main()
