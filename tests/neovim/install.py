"""Neovim for the tests: Debian's package, installed where there is none. A missing editor is a failure."""

from __future__ import annotations

import shutil

from tests.debian import PackageMissing, install


def neovim() -> str:
    """The path of `nvim`.

    Raises:
        PackageMissing: it is not there and cannot be installed.
    """
    install("neovim")
    found = shutil.which("nvim")
    if found is None:
        raise PackageMissing("these tests drive Neovim, which is not on PATH")
    return found
