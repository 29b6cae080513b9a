"""What an operator means: what changes it and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from step.source import read
from step.source.meaning import Meanings, meaning

from tests.source.texts import TWO

BEFORE = meaning(read(TWO), "first")


def after(old: str, new: str, operator: str = "first") -> str:
    assert TWO.count(old) >= 1, old
    return meaning(read(TWO.replace(old, new, 1)), operator)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# (each element", "# another comment"),
        ('"""Two operators in a file."""\n', ""),
        ("\n\n\n@step.fn(f32, f32)\ndef square", "\n\n# a comment\n\n@step.fn(\n    f32,\n    f32,\n)\ndef square"),
        ('    """Adds (a "running" total)."""\n', ""),
        ("    It's in two steps.\n", "    It's in three steps.\n"),
        ("    a, b = step.Copy().apply(\n        x\n    )", "    b, a = step.Copy().apply(x)"),
        ("experts = [square, square]", "experts = [square]"),
        ("def third(x): ...", "def third(x): return x"),
        ("def third(x): ...", "def third(x): return ("),
        ("Row = Buffer(f32, [D])", "Row = Buffer(f32, [N])"),
    ],
)
def test_what_is_not_used_does_not_count(old: str, new: str) -> None:
    assert after(old, new) == BEFORE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x * x", "return x * x * x"),
        ("init=0", "init=1"),
        ("D=16", "D=18"),
        ("import numpy as np", "import math"),
        ("(x * x).sum(axis=-1)", "(x * x).sum(axis=0)"),
        ("step.Map(fn=square)", "step.Identity()"),
        ("outputs=step.stream(f32, [N])", "outputs=step.stream(f32, [D])"),
        ("experts = [square, square]", 'step.use("torch")'),
        ("experts = [square, square]", "square.body = None"),
        ("experts = [square, square]", "square = 3"),
        ("experts = [square, square]", "for D in range(3): pass"),
    ],
)
def test_what_is_used_counts(old: str, new: str) -> None:
    assert after(old, new) != BEFORE


def test_what_is_used_by_what_is_used_counts() -> None:
    assert after("experts = [square, square]", "experts = [square]", "second") != meaning(read(TWO), "second")
    assert after("return x * x", "return x", "second") != meaning(read(TWO), "second")


def test_an_operator_under_any_name_of_the_decorator() -> None:
    text = TWO.replace("import step\n", "import step as s\nfrom step import operator as op, stream\nimport step\n")
    text = text.replace("@step.operator(", "@op(")
    assert meaning(read(text), "first") != ""
    assert meaning(read(text), "first") != meaning(read(text.replace("x * x", "x")), "first")


def test_no_such_operator() -> None:
    assert meaning(read(TWO), "fourth") == meaning(read(""), "first") == ""


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a module, a package and a file that uses both."""
    (tmp_path / "mylib.py").write_text(
        "import step\nfrom deeper.inner import SCALE\nfrom step import f32\n\n@step.fn(f32, f32)\ndef square(x):\n"
        "    return x * x * SCALE\n\n@step.fn(f32, f32)\ndef unused(x):\n    return x\n"
    )
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "__init__.py").write_text("")
    (tmp_path / "deeper" / "inner.py").write_text("from .other import SCALE\n")
    (tmp_path / "deeper" / "other.py").write_text("SCALE = 3\nOTHER = 4\n")
    return tmp_path


USER = (
    "import step\nfrom mylib import square, unused\nfrom step import f32\n\nD = step.dims(D=3)\n\n"
    '@step.operator(inputs={"x": step.stream(f32, [D])}, outputs=step.stream(f32, [D]), reference=None)\n'
    "def f(x):\n    return step.Map(fn=square).apply(x)\n"
)


def fingerprint(folder: Path, text: str = USER) -> str:
    return meaning(read(text, str(folder / "user.py")), "f")


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("mylib.py", "x * x", "x * x * x", True),
        ("mylib.py", "    return x\n", "    return -x\n", False),
        ("mylib.py", "\n\n@step", "\n# a comment\n\n\n@step", False),
        ("mylib.py", "import step\n", "import step\nstep.use('torch')\n", True),
        ("deeper/other.py", "3", "5", True),
        ("deeper/other.py", "4", "5", False),
        ("deeper/__init__.py", "", "print()\n", True),
    ],
)
def test_what_is_used_of_the_files_beside_counts(beside: Path, file: str, old: str, new: str, counts: bool) -> None:
    before = fingerprint(beside)
    text = (beside / file).read_text()
    (beside / file).write_text(text.replace(old, new, 1))
    assert (fingerprint(beside) != before) == counts


def test_a_file_beside_that_comes_or_goes_counts(beside: Path) -> None:
    module = read(USER, str(beside / "user.py"))
    meanings = Meanings(module)
    before = meanings.of("f")
    assert meanings.is_current and beside / "mylib.py" in meanings.files
    (beside / "mylib.py").rename(beside / "mine.py")
    assert not meanings.is_current and fingerprint(beside) != before
    gone = Meanings(module)
    gone.of("f")
    assert gone.is_current
    (beside / "mine.py").rename(beside / "mylib.py")
    assert not gone.is_current and fingerprint(beside) == before


def test_files_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "mylib.py").write_text("from user import D\nfrom mylib import square\nsquare = unused = D\n")
    (tmp_path / "user.py").write_text(USER)
    before = fingerprint(tmp_path)
    (tmp_path / "user.py").write_text(USER.replace("D=3", "D=4"))
    assert fingerprint(tmp_path) != before != ""


def test_what_is_never_beside_a_file_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("1")
    module = read("import numpy\nimport os\nfrom . import x\n" + USER, str(tmp_path / "user.py"))
    meanings = Meanings(module)
    meanings.of("f")
    looked_for = {one.relative_to(tmp_path).parts[0] for one in meanings.files}
    assert looked_for == {"mylib", "mylib.py"}
