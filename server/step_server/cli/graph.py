"""``steplang graph``: an operator's dataflow graph as SVG, Mermaid, DOT or JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from step_server.cli.errors import UsageProblem
from step_server.cli.files import file_and_operator, read_source
from step_server.cli.show import shown


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("operator", metavar="FILE[:OPERATOR]", help="without an operator: the file's only one")
    parser.add_argument("--format", choices=("svg", "mermaid", "dot", "json"), default="svg", help="default: svg")
    parser.add_argument("--out", metavar="FILE", help="write there instead of standard output")


def run(options: argparse.Namespace) -> int:
    """Prints the graph; 1 where the operator is a hole or cannot be read."""
    from step_server.documents import Document, uri_of
    from step_server.drawing import as_text, drawn
    from step_server.statuses import Status

    path, name = file_and_operator(options.operator)
    source = read_source(path)
    if source.problem is not None:
        raise UsageProblem(f"{shown(path)}: {source.problem}")
    snapshot = Document(uri_of(path), None, source.text).snapshot
    names = [one.operator.name for one in snapshot.checks]
    if name is None and len(names) != 1:
        known = ", ".join(names) or "none"
        raise UsageProblem(f"say which operator, as {shown(path)}:NAME; there is {known}")
    check = snapshot.check(name or names[0])
    if check is None:
        raise UsageProblem(f"{shown(path)} has no operator {name}; there is {', '.join(names) or 'none'}")
    text = as_text(drawn(check, Status(check.operator.name)), check, snapshot, options.format)
    if options.out:
        try:
            Path(options.out).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageProblem(f"{options.out} cannot be written: {error.strerror or error}") from None
    else:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0
