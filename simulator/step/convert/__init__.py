"""From other notations to operator modules, and to pytest modules."""

from __future__ import annotations

from step.convert.errors import ConvertError
from step.convert.pcl import from_pcl_lite
from step.convert.pytest_module import pytest_module

__all__ = ["ConvertError", "from_pcl_lite", "pytest_module"]
