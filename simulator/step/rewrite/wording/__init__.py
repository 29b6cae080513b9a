"""Rewordings: small edits of a body's text that make it readable, where it is none that the graph's rewrites can mend.

A misspelt name, a stray import, a bracket too few: what a person would mend with one keystroke. Each is a guess; who
uses them checks and verifies what comes out, and keeps nothing else of the text from changing. A rule is a module of
:mod:`step.rewrite.wording.rules` with ``ORDER``, ``RULE`` and ``propose``.
"""

from step.rewrite.wording.base import Rewording, Text
from step.rewrite.wording.propose import rewordings

__all__ = ["Rewording", "Text", "rewordings"]
