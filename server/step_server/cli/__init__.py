"""The command line: ``steplang``. A subcommand is a module of this package that is loaded when it is used."""

# `signal` loads enum, collections and functools first, and Ctrl+C in that time would be a traceback.
import _signal  # type: ignore[import-not-found]  # CPython's own part of `signal`, which typeshed leaves out
import os

__all__ = ["main"]

INTERRUPTED = 130
"""The exit code after Ctrl+C, as shells have it."""


def main() -> int:
    """The console script.

    Ctrl+C ends it without a word at any moment: while modules are loaded there is nothing to clean up, and a
    KeyboardInterrupt in the middle of an import would be a page of traceback; afterwards each command has its own way;
    once it is done, there is nothing left to interrupt. What is loaded before this line is a few small modules.
    """
    _signal.signal(_signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from step_server.cli.main import run

    code = run(started=lambda: _signal.signal(_signal.SIGINT, _signal.default_int_handler))
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    return code
