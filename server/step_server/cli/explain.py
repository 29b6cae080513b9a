"""``steplang explain``: what a diagnostic's code means, and what to do."""

from __future__ import annotations

import argparse
import textwrap

from step_server.cli.errors import UsageProblem
from step_server.cli.words import did_you_mean

WIDTH = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="such as STEP-AFFINE; without one: all of them")


def run(options: argparse.Namespace) -> int:
    """Prints the explanation of a code, or of all."""
    from step_server.explaining import EXPLANATIONS

    if options.code is None:
        for code, text in sorted(EXPLANATIONS.items()):
            print(textwrap.fill(f"{code}: {text}", WIDTH, subsequent_indent="    "))
        return 0
    wanted = str(options.code).upper().strip("[]")
    code = wanted if wanted in EXPLANATIONS or wanted.startswith("STEP-") else f"STEP-{wanted}"
    if code not in EXPLANATIONS:
        hint = did_you_mean(code, EXPLANATIONS)
        raise UsageProblem(f"there is no code {code}{hint} (there are {', '.join(sorted(EXPLANATIONS))})")
    print(textwrap.fill(EXPLANATIONS[code], WIDTH))
    return 0
