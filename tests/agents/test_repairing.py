"""Repair changes as little as it can: one edit where one edit is enough, and otherwise the lines that must change."""

from __future__ import annotations

import asyncio
import difflib
import time

import pytest
from step.sandbox import Sandbox
from step.source import read
from step_agents.grafting import graft
from step_agents.guardian import alternatives, nearby
from step_agents.placing import body_edit, place_body, written_body
from step_agents.synthesize import Synthesis, SynthesisRequest, synthesize

from tests.server.samples import SOLVED

TEXT = SOLVED.replace("    total =", "    # one sum for each row\n    total =").replace(
    "apply(pairs)", "apply(pairs)  # the end"
)


def repaired(text: str) -> Synthesis:
    async def run() -> Synthesis:
        async with Sandbox() as sandbox:
            request = SynthesisRequest(text, "module.py", "rms_norm", proposer="search", repair=True, budget=40)
            return await synthesize(request, sandbox=sandbox, environment={})

    return asyncio.run(run())


def changes(before: str, after: str | None) -> tuple[list[str], list[str]]:
    assert after is not None
    lines = list(difflib.ndiff(before.split("\n"), after.split("\n")))
    return [one[2:].strip() for one in lines if one[:2] == "- "], [one[2:].strip() for one in lines if one[:2] == "+ "]


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ("fn=square)", "fn=sqaure)", "Change `sqaure` to `square`"),
        ("    x0, x1", "    import numpy as np\n    x0, x1", "Remove `import numpy as np`"),
        ("(x1, scales)", "(scales, x1)", "Swap the streams of Zip"),
        ("fn=square)", "fn=mean_eps_sqrt)", "Use square instead of mean_eps_sqrt"),
        ("(x1, scales)", "(x1, x1)", "Use scales instead of x1"),
        ("step.Map(fn=div)", "step.Map(fn=add)", "Use div instead of add"),
        ("step.Accum", "step.Scan", "Use Accum instead of Scan"),
    ],
)
def test_one_slip_is_one_edit_and_verified(old: str, new: str, title: str) -> None:
    wrong = TEXT.replace(old, new, 1)
    assert wrong != TEXT
    found = repaired(wrong)
    assert (found.status, found.proposer, [one.title for one in found.fixes]) == ("solved", "guardian", [title])
    assert found.program_text == TEXT


CENTRED = '''"""Every matrix less its mean."""
import step
from step import f32

D, M, N = step.dims(D=5, M=4, N=6)


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32)
def mean(total):
    return total / (D.size * M.size)


@step.fn((f32, f32), f32)
def minus(x, y):
    return x - y


def reference(x):
    return x - x.mean(axis=(1, 2), keepdims=True)


@step.operator(inputs={"x": step.stream(f32, [D, M, N])}, outputs=step.stream(f32, [D, M, N]), reference=reference)
def rms_norm(x):
    x0, x1 = step.Copy().apply(x)
    total = step.Accum(fn=add, b=2).apply(x0)
    one = step.Map(fn=mean).apply(total)
    row = step.Repeat(n=M).apply(one)
    all = step.Repeat(n=D).apply(row)
    return step.Map(fn=minus).apply((x1, all))
'''


def test_two_dimensions_in_the_wrong_order_are_exchanged() -> None:
    """Shapes are innermost first, which is easily forgotten: the two lines stay, each with the other's dimension."""
    wrong = CENTRED.replace("n=M", "n=?").replace("n=D", "n=M").replace("n=?", "n=D")
    found = repaired(wrong)
    assert (found.proposer, [one.title for one in found.fixes]) == (
        "guardian",
        ["Exchange D and M: n of two Repeats"],
    )
    assert found.program_text == CENTRED


def test_a_function_that_was_forgotten_is_applied_where_least_is_to_do() -> None:
    """The mean of a sum, and not the sum of all means: both are right."""
    found = repaired(CENTRED.replace("    one = step.Map(fn=mean).apply(total)\n", "").replace("(one)", "(total)"))
    assert [one.title for one in found.fixes] == ["Apply mean to total"]


def test_of_a_body_whose_inputs_are_not_known_nothing_is_nearby() -> None:
    """No change can be judged; none is a crash either."""
    text = CENTRED.replace("D, M, N = step.dims(D=5, M=4, N=6)", "from there import D, M, N, Row").replace(
        "step.stream(f32,", "step.stream(Row,"
    )
    text = text.replace('"x": step.stream(Row, [D, M, N])', '"x": Row')
    operator = read(text).operator("rms_norm")
    assert operator is not None
    assert not list(nearby(operator, written_body(operator)))


def test_a_function_that_was_forgotten_is_applied() -> None:
    line = "    scale = step.Map(fn=mean_eps_sqrt).apply(total)\n"
    found = repaired(TEXT.replace(line, "").replace("apply(scale)", "apply(total)"))
    removed, added = changes(TEXT.replace(line, "").replace("apply(scale)", "apply(total)"), found.program_text)
    assert found.proposer == "guardian" and len(removed) == len(added) == 1
    assert found.fixes[0].title == "Apply mean_eps_sqrt to total"


def test_where_a_whole_body_is_needed_the_lines_that_say_the_same_stay() -> None:
    wrong = TEXT.replace("    scales = step.Repeat(n=D).apply(scale)\n", "").replace("(x1, scales)", "(x1, x1)")
    wrong = wrong.replace("fn=mean_eps_sqrt).apply", "fn=square).apply")
    found = repaired(wrong)
    assert (found.status, found.proposer) == ("solved", "search")
    removed, _ = changes(wrong, found.program_text)
    assert removed == [
        "scale = step.Map(fn=square).apply(total)",
        "pairs = step.Zip().apply((x1, x1))",
        "return step.Map(fn=div).apply(pairs)  # the end",
    ]
    assert "    # one sum for each row\n    total = step.Accum" in (found.program_text or "")


LONG = """    # first the copies
    x0, x1 = step.Copy().apply(x)
    squares = step.Map(
        fn=square,  # x * x
    ).apply(x0)

    # one sum for each row
    total = step.Accum(fn=add, b=1).apply(squares)
    scale = step.Map(fn=mean_eps_sqrt).apply(total)
    scales = step.Repeat(n=D).apply(scale)
    return step.Map(
        fn=div,
    ).apply((x1, scales))  # done
"""


def test_a_slip_that_hides_others_in_a_statement_of_several_lines() -> None:
    right = SOLVED[: SOLVED.index("    x0, x1")] + LONG
    wrong = (
        right.replace("fn=div", "fn=dvi").replace("return step.Map", "return step.Mpa").replace("scales))", "sclaes))")
    )
    found = repaired(wrong)
    assert (found.proposer, len(found.fixes), found.program_text) == ("guardian", 3, right)


def test_a_statement_of_several_lines_stays_under_a_new_body() -> None:
    right = SOLVED[: SOLVED.index("    x0, x1")] + LONG
    operator = read(right).operator("rms_norm")
    assert operator is not None
    old = written_body(operator).replace("fn=mean_eps_sqrt", "fn=square")
    new = SOLVED[SOLVED.index("    x0, x1") :].replace("\n    ", "\n").strip()
    merged = graft(operator, old, new)
    assert "squares = step.Map(\n    fn=square,  # x * x\n).apply(x0)\n\n# one sum for each row\ntotal" in merged
    assert "scale = step.Map(fn=mean_eps_sqrt).apply(total)" in merged


def test_the_old_names_and_comments_of_a_program_that_is_the_same_stay() -> None:
    operator = read(TEXT).operator("rms_norm")
    assert operator is not None
    old = written_body(operator)
    new = old.replace("squares", "a").replace("total", "b").replace("x0", "p").replace("x1", "q")
    new = "\n".join(line.split("  #")[0] for line in new.split("\n") if not line.startswith("#"))
    assert graft(operator, old, new) == old
    assert graft(operator, "this is ( nothing", new) == new
    assert graft(operator, "", new) == new
    assert graft(operator, old, "return x") == "return x"


def test_what_is_nearby_checks_and_differs_in_one_line() -> None:
    operator = read(TEXT).operator("rms_norm")
    assert operator is not None
    body = written_body(operator)
    found = list(nearby(operator, body))
    assert len(found) > 10 and all(one.reading.is_right for one in found)
    assert len({one.text for one in found}) == len(found) and body not in {one.text for one in found}
    assert all(len(changes(body, one.text)[0]) <= 2 for one in found)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("fn=square)", "fn=add)", 1),
        ("    pairs =", "    more = x1\n    pairs =", 2),
        ("    # one sum for each row\n", "", 2),
        ("x0, x1 =", "a, b =", 1),
        ("  # the end", "", 1),
        ("", "", 1),
    ],
)
def test_an_edit_covers_the_lines_that_change(old: str, new: str, lines: int, newline: str) -> None:
    text = TEXT.replace("\n", newline)
    operator = read(text).operator("rms_norm")
    assert operator is not None
    wanted = TEXT.replace(old, new, 1) if old else TEXT
    changed = read(wanted).operator("rms_norm")
    assert changed is not None
    body = written_body(changed)
    span, replacement = body_edit(text, operator, body)
    assert place_body(text, operator, body) == wanted.replace("\n", newline)
    assert max(span.end_line - span.line + 1, replacement.count(newline) + 1) == lines


def test_a_long_body_with_many_mistakes_takes_bounded_time() -> None:
    lines = [f"    s{n} = step.Mpa(fn=sqaure{n % 7}).apply(t{n})" for n in range(1500)]
    started = time.monotonic()
    operator = read(TEXT[: TEXT.index("    x0, x1")] + "\n".join([*lines, "    return s1"])).operator("rms_norm")
    assert operator is not None
    assert not list(alternatives(operator, written_body(operator), words=True))
    few = [f"    s{n} = step.Map(fn=square).apply({'x' if n == 0 else f's{n - 1}'})" for n in range(800)]
    few[400] = few[400].replace("square", "sqaure")
    operator = read(TEXT[: TEXT.index("    x0, x1")] + "\n".join([*few, "    return s799"])).operator("rms_norm")
    assert operator is not None
    body = written_body(operator)
    (first, *_) = alternatives(operator, body, 1, words=True)
    assert [one.title for one in first.fixes] == ["Change `sqaure` to `square`"]
    list(nearby(operator, first.text, 2.0))
    assert time.monotonic() - started < 60
