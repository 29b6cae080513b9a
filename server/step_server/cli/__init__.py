"""The command line: ``steplang``. A subcommand is a module of this package that is loaded when it is used."""

from __future__ import annotations

from step_server.cli.main import main

__all__ = ["main"]
