"""From a body's text to a program: statements are read as data, never run (1-language, section 5).

What a body may name: primitives, the given functions, whole numbers, dimensions and streams. Everything else is a
diagnostic (``STEP-SUBSET``), and what depends on it is unknown, so that one mistake is reported once.
"""

from step.source.reader.statements import read_body

__all__ = ["read_body"]
