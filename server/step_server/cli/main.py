"""The entry point: finds the subcommand and gives it the rest. Nothing heavy is loaded before that."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from step_server.cli.errors import UsageProblem

COMMANDS = {
    "check": "diagnostics, then functional checks",
    "synth": "write a verified body for an operator",
    "bench": "solve a suite of operators and measure",
    "report": "pass rates, tokens, cost, curves of a run",
    "experience": "the store of what was solved",
    "graph": "an operator's dataflow graph",
    "convert": "PCL-lite or structural-IR YAML to and from operator modules",
    "lsp": "the language server",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand; the exit code is 0 (all right), 1 (problems) or 2 (usage)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="steplang", description="Streaming Tensor Programs: check, run, synthesize.")
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    chosen = next((one for one in given if not one.startswith("-")), None)
    for name, summary in COMMANDS.items():
        sub = subparsers.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == chosen:
            importlib.import_module(f"step_server.cli.{name}").configure(sub)
    options = parser.parse_args(given)
    if options.version:
        from step import __version__

        print(f"steplang {__version__}")
        return 0
    if options.command is None:
        parser.print_help()
        return 2
    try:
        return int(importlib.import_module(f"step_server.cli.{options.command}").run(options))
    except UsageProblem as problem:
        print(f"steplang {options.command}: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
