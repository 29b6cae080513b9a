"""`steplang explain`: a code that was read somewhere, and what it means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from step_server.explaining import EXPLANATIONS

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


def test_every_code_in_the_sources_is_explained() -> None:
    root = Path(__file__).parents[2]
    texts = [one.read_text() for package in ("simulator", "agents", "server") for one in (root / package).rglob("*.py")]
    used = {code for text in texts for code in re.findall(r"[\"']\[?(STEP-[A-Z]+(?:-[A-Z]+)*)\]?[\"']", text)}
    assert len(used) > 20 and "STEP-FILE" in used
    assert used <= EXPLANATIONS.keys(), used - EXPLANATIONS.keys()


def test_the_code_of_a_file_that_is_not_utf8_is_explained(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes("# café".encode("latin-1"))
    told = steplang("check", "latin.py", cwd=tmp_path)
    assert told.code == 1 and "STEP-FILE" in told.out + told.err
    assert "UTF-8" in steplang("explain", "STEP-FILE", cwd=tmp_path).out


def test_a_code_that_there_is_not(tmp_path: Path) -> None:
    done = steplang("explain", "STEP-NOTHING", cwd=tmp_path)
    assert (done.code, done.out) == (2, "") and "STEP-AFFINE" in done.err
