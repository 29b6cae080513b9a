"""What an operator means: what changes it and what does not."""

from __future__ import annotations

import pytest
from step.source import read
from step.source.meaning import meaning

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
