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


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("return step.Bufferize(a=1).apply(x)", "got Buffer(f32, [D]), [N]; step.Streamify() makes it so"),
        ("return step.Bufferize(a=1).apply(step.Repeat(n=3).apply(x))", "got Buffer(f32, [3]), [D, N]"),
        (
            "b = step.Bufferize(a=1).apply(x)\n    return step.Map(fn=one).apply(b)",
            "one needs f32; got Buffer(f32, [D]); step.Streamify() gives its elements",
        ),
        ("return step.Map(fn=row).apply(x)", "got f32; step.Bufferize(a=1) makes such buffers of it"),
        ("return step.Map(fn=row).apply(step.Repeat(n=N).apply(x))", "row needs Buffer(f32, [D]); got f32"),
        ("return step.Map(fn=matrix).apply(x)", "matrix needs Buffer(f32, [D, N]); got f32"),
        ("return step.Map(fn=two).apply(x)", "two needs (f32, f32); got f32"),
    ],
)
def test_elements_where_buffers_are_needed_are_told_the_primitive(body: str, advice: str) -> None:
    buffers = (
        "from step import Buffer\n@step.fn(Buffer(f32, [D]), f32)\ndef row(x): ...\n"
        "@step.fn(Buffer(f32, [D, N]), f32)\ndef matrix(x): ...\n@step.operator"
    )
    text = TEXT.replace("    x0, x1 = step.Copy().apply(x)\n    total = step.Accum(fn=add, b=1).apply(x0)\n", "")
    (found,) = check(read(text.replace("@step.operator", buffers).replace("BODY", body)))
    told = [one.message for one in found.diagnostics if one.severity == "error"]
    assert told and told[0].endswith(advice)


def test_a_buffer_that_is_declared_is_told_how_to_make_one() -> None:
    text = TEXT.replace("outputs=step.stream(f32, [D, N])", "outputs=step.stream(step.Buffer(f32, [D]), [N])")
    text = text.replace("    x0, x1 = step.Copy().apply(x)\n    total = step.Accum(fn=add, b=1).apply(x0)\n", "")
    (found,) = check(read(text.replace("BODY", "return x")))
    (told,) = [one.message for one in found.diagnostics if one.severity == "error"]
    assert told.endswith("needs Buffer(f32, [D]), [N]; got f32, [D, N]; step.Bufferize(a=1) makes it so")
