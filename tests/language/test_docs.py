"""The reference pages are current, and complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from step.check import CODES
from step.primitives import PRIMITIVES, SPELLINGS, Primitive
from step.simulate.codes import CODES as FUNCTIONAL

ROOT = Path(__file__).resolve().parents[2]


def test_the_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "tools/reference.py"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_code_that_is_reported_is_explained_on_the_page() -> None:
    page = (ROOT / "docs/diagnostics.md").read_text(encoding="utf-8")
    assert all(f"### {code}\n" in page for code in (*CODES, *FUNCTIONAL))
    written = {
        code
        for path in (ROOT / "simulator/step").rglob("*.py")
        for code in re.findall(r'"(STEP-[A-Z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert written <= {*CODES, *FUNCTIONAL}


@pytest.mark.parametrize("cls", PRIMITIVES.values(), ids=lambda cls: cls.__name__)
def test_a_primitive_explains_itself(cls: type[Primitive]) -> None:
    assert cls.__doc__ and cls.rule and cls.example
    names = {cls.__name__, *cls.aliases}
    assert any(f"step.{name}(" in cls.example for name in names)
    assert all(one.metadata["kind"] and one.metadata["text"] for one in cls.parameters())


def test_the_primitives_of_the_specification() -> None:
    assert set(SPELLINGS) == {
        "Map", "Accum", "Scan", "Zip", "Copy", "Bufferize", "Streamify", "Repeat", "RepeatLast", "RepeatRef", "Promote",
        "Flatten", "Reshape", "Partition", "Merge", "Identity",
    }  # fmt: skip


def test_the_example_of_the_language_page_checks() -> None:
    from step.check import check
    from step.source import read

    page = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    module = next(block for block in page.split("```python\n")[1:] if block.startswith('"""Root')).split("```")[0]
    (found,) = check(read(module))
    assert found.holds and not found.diagnostics
