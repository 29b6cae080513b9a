"""The language server and the command line of steplang."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """``__version__``, looked up when it is asked for: loading NumPy for it would delay every start of the command."""
    if name == "__version__":
        from step import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
