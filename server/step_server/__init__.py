"""The language server and the command line of steplang."""

from __future__ import annotations

from step import __version__

__all__ = ["__version__"]
