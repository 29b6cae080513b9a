"""The reference pages are current, and complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from step.check import CODES
from step.primitives import PRIMITIVES, SPELLINGS, Primitive
from step.simulate.codes import CODES as FUNCTIONAL

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


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


def test_the_readme_names_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {*project["build-system"]["requires"], *project["project"]["dependencies"]}
    for name, extra in project["project"]["optional-dependencies"].items():
        wanted |= {f"extra `{name}`"} if name != "dev" else {one for one in extra if not one.startswith("steplang[")}
    for path in ("vscode-extension/package.json", "tests/workbench/package.json"):
        manifest = json.loads((ROOT / path).read_text(encoding="utf-8"))
        wanted |= {*manifest.get("dependencies", {}), *manifest.get("devDependencies", {})}
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    named = {one.strip() for row in rows for one in row.split(",")}
    assert {re.split(r"[<>=\[]", one)[0] for one in wanted} - named == set()


@pytest.mark.parametrize(
    "page", ["README.md", "vscode-extension/README.md", *sorted(p.name for p in DOCS.glob("*.md"))]
)
def test_what_a_page_links_to_is_there(page: str) -> None:
    path = DOCS / page if (DOCS / page).exists() else ROOT / page
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
