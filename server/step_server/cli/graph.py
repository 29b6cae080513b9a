"""``steplang graph``: an operator's dataflow graph as SVG, Mermaid, DOT or JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_server.cli.errors import UsageProblem
from step_server.cli.files import file_and_operator, read_source
from step_server.cli.show import Paint, diagnostic, note, shown
from step_server.cli.words import one_of

if TYPE_CHECKING:
    from step.check import OperatorCheck


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
    check = snapshot.check(one_of("operator", name or names[0], names, f" in {shown(path)}"))
    if check is None:
        raise UsageProblem(f"{shown(path)} has no operator {name}")
    if not drawable(check, path, snapshot.text):
        return 1
    text = as_text(drawn(check, Status(check.operator.name)), check, snapshot, options.format)
    if options.out:
        try:
            from step_agents.replacing import replace_file

            replace_file(Path(options.out), text)
        except OSError as error:
            raise UsageProblem(f"{options.out} cannot be written: {error.strerror or error}") from None
    else:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0


def drawable(check: OperatorCheck, path: Path, text: str) -> bool:
    """Whether there is a graph to draw. What is wrong is told on standard error; a graph that can be drawn in spite of
    it shows where."""
    operator = check.operator
    if operator.is_hole:
        note(
            f"steplang graph: {operator.name} is a hole: there is nothing to draw; "
            f"`steplang synth {shown(path)}:{operator.name} --write` writes its body"
        )
        return False
    errors = [one for one in check.in_file if one.severity == "error"]
    paint, lines = Paint(sys.stderr), text.splitlines()
    for one in errors:
        note(diagnostic(one, path, lines, paint) + "\n")
    if not operator.body.is_complete or not operator.body.program.outputs:
        note(f"steplang graph: the body of {operator.name} cannot be read as a program: nothing was drawn")
        return False
    if errors:
        note(f"steplang graph: {operator.name} is drawn with its mistakes")
    return True
