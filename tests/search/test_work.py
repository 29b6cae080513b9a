"""Of equally short programs the search gives the one with the least work."""

from __future__ import annotations

import pytest
from step.simulate.verify import verify

from tests.search.modules import HEAD, search

DIMS = "N, D, K = step.dims(N=5, D=8, K=3)\n"
ADD = "@step.fn(f32, f32, init=0)\ndef add(t, x): return t + x\n"
OVER = "@step.fn(f32, f32)\ndef over(t): return t / D.size\n"
SQUARE = "@step.fn(f32, f32)\ndef square(x): return x * x\n"
SUB = "@step.fn((f32, f32), f32)\ndef sub(x, y): return x - y\n"
MUL = "@step.fn((f32, f32), f32)\ndef mul(x, y): return x * y\n"
POOL = """w = step.parameter([{out}, D])
Row, Out = Buffer(f32, [D]), Buffer(f32, [{out}])
@step.fn(Row, Out)
def project(x): return x @ w
@step.fn(Row, Row, init=0)
def add_rows(t, x): return t + x
@step.fn(Out, Out, init=0)
def add_outs(t, x): return t + x
"""
ROWS = "f32, [D, N]"
CASES: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "a division after the sum": (OVER + ADD, "x.mean(-1)", "f32, [N]", (ROWS,), "Map(fn=over).apply(add_fold)"),
    "whichever function is first": (ADD + OVER, "x.mean(-1)", "f32, [N]", (ROWS,), "Map(fn=over).apply(add_fold)"),
    "a factor after a product's sum": (
        MUL + OVER + ADD, "(x * y).mean(-1)", "f32, [N]", (ROWS, ROWS), "Map(fn=over).apply(add_fold)"
    ),
    "in the last of two sums": (
        SQUARE + SUB + OVER + ADD, "((x - x.mean(-1, keepdims=True)) ** 2).mean(-1)", "f32, [N]", (ROWS,),
        "Map(fn=over).apply(add_fold_2)",
    ),
    "the smaller of two operands": (
        MUL, "x * (y * z)[None]", ROWS, (ROWS, "f32, [D]", "f32, [D]"), "Map(fn=mul).apply((y, z))"
    ),
    "one product with a matrix": (
        POOL.format(out="K"), "x.sum(0) @ w", "f32, [K]", (ROWS,), "Map(fn=project).apply(add_rows_fold)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("hints", [True, False])
def test_least_work(name: str, hints: bool) -> None:
    functions, value, output, inputs, part = CASES[name]
    names = "xyz"[: len(inputs)]
    specified = ", ".join(f'"{one}": step.stream({type})' for one, type in zip(names, inputs, strict=True))
    text = (
        f"{HEAD}{DIMS}{functions}\ndef reference({', '.join(names)}): return {value}\n"
        f"@step.operator(inputs={{{specified}}}, outputs=step.stream({output}), reference=reference)\n"
        f"def wanted({', '.join(names)}): ...\n"
    )
    answer = search(text, "wanted", options={"hints": hints})
    assert answer["status"] == "solved", answer.get("explanation")
    assert part in answer["body"], answer["body"]
    assert verify(text, "module.py", "wanted", answer["body"]).ok
