"""What is wrong with a file that is to be converted."""

from __future__ import annotations


class ConvertError(ValueError):
    """A file cannot be converted: the message says where in it and why."""
