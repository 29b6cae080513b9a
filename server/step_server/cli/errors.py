"""What a person can do wrong on the command line."""

from __future__ import annotations


class UsageProblem(Exception):
    """The command cannot do what was asked: the message says what to do instead. Exit code 2."""
