"""Rewrites: what brings a program closer to one that checks, each with its reason.

Quick fixes and the guardian share them.

A rewrite rule is a module of :mod:`step.rewrite.rules`; it proposes edits of the graph, and only what leaves fewer
violations than before becomes a fix.
"""

from step.rewrite.edits import Bypass, Duplicate, Edit, Permute, Redirect, Replace, Wrap, apply_edits
from step.rewrite.fix import Case, Fix, propose, repair
from step.rewrite.near import near_misses
from step.rewrite.text import TextEdit, apply_text_edits, fix_all, text_edits

__all__ = [
    "Bypass",
    "Case",
    "Duplicate",
    "Edit",
    "Fix",
    "Permute",
    "Redirect",
    "Replace",
    "TextEdit",
    "Wrap",
    "apply_edits",
    "apply_text_edits",
    "fix_all",
    "near_misses",
    "propose",
    "repair",
    "text_edits",
]
