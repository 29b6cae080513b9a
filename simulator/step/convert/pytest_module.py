"""A pytest module that checks the operators of a file, for who wants tests to be written out."""

from __future__ import annotations

from step.convert.errors import ConvertError
from step.source import read

_TEMPLATE = '''"""Checks the operators of {name} (written by `steplang convert`)."""

from pathlib import Path

import pytest

from step.simulate.checking import check_now

MODULE = Path(__file__).resolve().parent / {relative!r}


@pytest.mark.parametrize("operator", {operators})
def test_operator_is_equal_to_its_reference(operator):
    if not MODULE.is_file():
        pytest.fail(f"there is no file {{MODULE}}: move it back, or write this module anew (steplang convert)", False)
    report = check_now(MODULE, operator)
    if report.status == "hole":
        pytest.skip("a hole: not synthesised yet")
    if report.status == "skipped":
        pytest.skip(report.message)
    assert report.ok, report.message
'''


def pytest_module(text: str, name: str, relative: str) -> str:
    """The test module for the operators of a text; ``relative`` is the way from the test's folder to the file.

    Raises:
        ConvertError: the text has no operator.
    """
    operators = [one.name for one in read(text, name).operators]
    if not operators:
        raise ConvertError(f"{name} has no @step.operator")
    return _TEMPLATE.format(name=name, relative=relative, operators=operators).replace("'", '"')
