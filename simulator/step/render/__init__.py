"""A program as text: a Python body, a graph."""

from step.render.graph import dot, graph, mermaid
from step.render.python import body_lines, body_text
from step.render.spelling import Spelling, spelling_of

__all__ = ["Spelling", "body_lines", "body_text", "dot", "graph", "mermaid", "spelling_of"]
