"""What a wrong shape's message says to do."""

from __future__ import annotations

import pytest
from step.check import check
from step.source import read

TEXT = """\
import step
from step import f32
D, N = step.dims(D=8, N=5)
@step.fn(f32, f32)
def one(x): ...
@step.fn((f32, f32), f32)
def two(x, y): ...
@step.fn(f32, f32, init=0)
def add(s, x): ...
@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]))
def op(x):
    x0, x1 = step.Copy().apply(x)
    total = step.Accum(fn=add, b=1).apply(x0)
    BODY
"""


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("return total", "got f32, [N]; step.Repeat(n=D) makes it so"),
        ("return step.Map(fn=two).apply((x1, total))", "got f32, [N]; step.Repeat(n=D) makes it so"),
        ("return step.Repeat(n=8).apply(total)", "; write D in place of 8: D is 8 only at the size that is declared"),
        (
            "r = step.Repeat(n=8).apply(total)\n    return step.Map(fn=two).apply((x1, r))",
            "got f32, [8, N]; write D in place of 8: D is 8 only at the size that is declared",
        ),
        (
            "return step.RepeatRef().apply((x1, total))",
            "RepeatRef needs a reference whose shape is [n] + the data's: data f32, [D, N]; got f32, [N]",
        ),
        ("return step.Repeat(n=9).apply(total)", "got f32, [9, N]"),
        ("return step.Repeat(n=N).apply(total)", "got f32, [N, N]"),
    ],
)
def test_the_one_step_that_is_missing_is_told(body: str, advice: str) -> None:
    (found,) = check(read(TEXT.replace("BODY", body)))
    told = [one.message for one in found.diagnostics if one.severity == "error"]
    assert len(told) == 1 and told[0].endswith(advice)
