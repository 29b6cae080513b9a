"""A service that tells which modules a child has loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def modules(params: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The names of all loaded modules."""
    return {"modules": sorted(sys.modules)}
