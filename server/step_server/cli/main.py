"""Finds the subcommand and gives it the rest. Nothing heavy is loaded before that."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence

from step_server.cli import INTERRUPTED
from step_server.cli.errors import UsageProblem, failure
from step_server.cli.parser import Parser

COMMANDS = {
    "check": "diagnostics, then functional checks",
    "synth": "write a verified body for an operator",
    "bench": "solve a suite of operators and measure",
    "report": "pass rates, tokens, cost, curves of a run",
    "experience": "the store of what was solved",
    "graph": "an operator's dataflow graph",
    "explain": "what a diagnostic's code means",
    "convert": "PCL-lite or structural-IR YAML to and from operator modules",
    "lsp": "the language server",
}

EPILOG = """exit codes: 0 all right, 1 problems, 2 usage, 130 Ctrl+C
`steplang COMMAND --help` says what a command takes."""


def run(arguments: Sequence[str] | None = None, started: Callable[[], object] = lambda: None) -> int:
    """Runs a subcommand; the exit code is 0 (all right), 1 (problems), 2 (usage) or 130 (Ctrl+C).

    ``started`` is called when everything is loaded and the command begins.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((one for one in given if not one.startswith("-")), None)
    try:
        options = parser(chosen).parse_args(given)
        if options.version:
            from step import __version__

            print(f"steplang {__version__}")
            return 0
        if options.command is None:
            parser(None).print_help()
            return 2
        command = importlib.import_module(f"step_server.cli.{options.command}")
        if options.command != "lsp":  # which loads in its own way
            importlib.import_module("step")
        started()
        return int(command.run(options))
    except UsageProblem as problem:
        return refused(problem, chosen, as_json="--json" in given)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def parser(chosen: str | None) -> Parser:
    """The parser of everything; only the chosen subcommand's arguments are known to it."""
    made = Parser(prog="steplang", description="Streaming Tensor Programs: check, run, synthesize.", epilog=EPILOG)
    made.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = made.add_subparsers(dest="command", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        sub = subparsers.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == chosen:
            importlib.import_module(f"step_server.cli.{name}").configure(sub)
    return made


def refused(problem: UsageProblem, chosen: str | None, *, as_json: bool) -> int:
    """Tells a mistake: to people, and to programs where they asked for JSON. Exit code 2."""
    name = f"steplang {chosen}" if chosen in COMMANDS else "steplang"
    print(f"{name}: {problem}", file=sys.stderr)
    if as_json:
        print(json.dumps(failure(str(problem), chosen), ensure_ascii=False, indent=2))
    return 2
