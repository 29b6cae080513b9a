"""Numbers among the arguments: one that makes no sense (`nan` too, which is not below anything) is told by its name."""

from __future__ import annotations

import argparse
import math

from step_server.cli.errors import UsageProblem


def above_zero(options: argparse.Namespace, *names: str) -> None:
    """Looks whether options that are given are finite numbers above 0.

    Raises:
        UsageProblem: one is not.
    """
    for name in names:
        value = getattr(options, name)
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise UsageProblem(f"{_spelt(name)} must be a number above 0; got {value:g}")


def at_least(least: int, options: argparse.Namespace, *names: str) -> None:
    """Looks whether options that are given are no less than a bound.

    Raises:
        UsageProblem: one is.
    """
    for name in names:
        value = getattr(options, name)
        if value is not None and value < least:
            raise UsageProblem(f"{_spelt(name)} must be at least {least}; got {value}")


def _spelt(name: str) -> str:
    return f"--{name.replace('_', '-')}"
