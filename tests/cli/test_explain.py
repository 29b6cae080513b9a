"""`steplang explain`: a code that was read somewhere, and what it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import steplang


@pytest.mark.parametrize("code", ["STEP-AFFINE", "step-affine", "affine", "[STEP-AFFINE]"])
def test_a_code_as_it_is_written_somewhere(tmp_path: Path, code: str) -> None:
    done = steplang("explain", code, cwd=tmp_path)
    assert done.code == 0 and "Copy gives two streams" in done.out


def test_codes_of_both_checks(tmp_path: Path) -> None:
    every = steplang("explain", cwd=tmp_path).out
    assert "STEP-VALUE: " in every and "STEP-SUBSET: " in every
    documented = (Path(__file__).parents[2] / "docs" / "diagnostics.md").read_text()
    headings = [line.removeprefix("### ") for line in documented.splitlines() if line.startswith("### STEP-")]
    assert headings and all(f"{one}: " in every for one in headings)


def test_a_code_that_there_is_not(tmp_path: Path) -> None:
    done = steplang("explain", "STEP-NOTHING", cwd=tmp_path)
    assert (done.code, done.out) == (2, "") and "STEP-AFFINE" in done.err
