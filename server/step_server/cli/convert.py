"""``steplang convert``: PCL-lite task files and structural IR to and from operator modules; a pytest module too."""

from __future__ import annotations

import argparse
from pathlib import Path

from step_server.cli.errors import UsageProblem
from step_server.cli.files import file_and_operator
from step_server.cli.show import note, shown


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("source", metavar="IN", help="a .yaml task or structural IR, or a .py module (FILE:OPERATOR)")
    parser.add_argument("target", metavar="OUT", help="a .py module, a .yaml structural IR, or test_….py")
    parser.add_argument("--force", action="store_true", help="replace OUT if it is there")


def run(options: argparse.Namespace) -> int:
    """Converts; 1 where the file holds a mistake."""
    from step.convert import ConvertError
    from step_agents.convert import ConvertUsageError, convert

    path, operator = file_and_operator(options.source)
    if Path(options.target).exists() and not options.force:
        raise UsageProblem(f"{options.target} is there already: give another name, or --force to replace it")
    try:
        done = convert(path, Path(options.target), operator)
    except ConvertUsageError as error:
        raise UsageProblem(str(error)) from None
    except ConvertError as error:
        note(f"steplang convert: {error}")
        return 1
    except OSError as error:
        raise UsageProblem(f"{error.filename or options.target}: {error.strerror or error}") from None
    for one in done.notes:
        note(f"note: {one}")
    print(f"{shown(done.path)}: {done.what}")
    return 0
