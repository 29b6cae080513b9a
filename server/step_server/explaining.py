"""What a diagnostic's code means and what to do: the sentences of docs/diagnostics.md, by code."""

from __future__ import annotations

from collections.abc import Mapping

from step.check import CODES as STATIC
from step.simulate.codes import CODES as FUNCTIONAL

EXPLANATIONS: Mapping[str, str] = {**FUNCTIONAL, **STATIC}
"""The explanation of every code that a check reports."""


def explanation(code: str) -> str:
    """What a code means; empty for an unknown one."""
    return EXPLANATIONS.get(code, "")
