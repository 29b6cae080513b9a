"""The static check: types, shapes, ranks, functions, the affine rule, outputs; from source text alone.

What it cannot know is unknown and silences what depends on it. A rule is a module of :mod:`step.check.rules`.
"""

from __future__ import annotations

from step.check.checker import Checker, OperatorCheck, check, check_operator
from step.check.codes import CODES, explain

__all__ = ["CODES", "Checker", "OperatorCheck", "check", "check_operator", "explain"]
