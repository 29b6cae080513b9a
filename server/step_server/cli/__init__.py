"""The command line: ``steplang``. A subcommand is a module of this package that is loaded when it is used."""

from __future__ import annotations

import os
import signal

__all__ = ["main"]

INTERRUPTED = 130
"""The exit code after Ctrl+C, as shells have it."""


def main() -> int:
    """The console script.

    Ctrl+C ends it without a word at any moment: while modules are loaded there is nothing to clean up, and a
    KeyboardInterrupt in the middle of an import would be a page of traceback; afterwards each command has its own way;
    once it is done, there is nothing left to interrupt.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from step_server.cli.main import run

    code = run(started=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code
