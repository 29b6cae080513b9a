"""Rewordings: what a person would mend with one keystroke is mended so, and nothing else of the text changes."""

from __future__ import annotations

import difflib

import pytest
from step.rewrite.wording import rewordings
from step.source import OperatorSource, read
from step_agents.guardian import alternatives
from step_agents.placing import written_body
from step_agents.reading import read_candidate

from tests.server.samples import DECLARED, HEAD, SOLVED

BODY = SOLVED[SOLVED.index("    x0, x1") :].replace("    total =", "    # one sum for each row\n    total =")


def operator_with(body: str) -> OperatorSource:
    found = read(f"{HEAD}{DECLARED}def rms_norm(x):\n{body}").operator("rms_norm")
    assert found is not None
    return found


def mended(body: str) -> tuple[list[str], list[str], list[str]]:
    """The titles of the fixes of the first alternative, and the lines it removes and adds."""
    operator = operator_with(body)
    before = written_body(operator)
    first = next(alternatives(operator, before, words=True))
    assert first.reading.is_right
    changed = list(difflib.ndiff(before.split("\n"), first.text.split("\n")))
    removed = [one[2:] for one in changed if one.startswith("- ")]
    return [one.title for one in first.fixes], removed, [one[2:] for one in changed if one.startswith("+ ")]


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ("fn=square", "fn=sqaure", "Change `sqaure` to `square`"),
        ("apply(total)", "apply(totl)", "Change `totl` to `total`"),
        ("apply(total)", "apply(mean)", "Change `mean` to `total`"),
        ("total =", "sums_of_rows =", "Change `total` to `sums_of_rows`"),
        ("n=D", "n=d", "Change `d` to `D`"),
        ("step.Accum", "step.Reduce", "Change `step.Reduce` to `step.Accum`"),
        ("step.Accum", "step.Acum", "Change `step.Acum` to `step.Accum`"),
        ("step.Accum", "Accum", "Change `Accum` to `step.Accum`"),
        ("step.Map(fn=div)", "step.map(fn=div)", "Change `step.map` to `step.Map`"),
        ("fn=add, b=1", "fn=add, rank=1", "Change the parameter `rank` to `b`"),
        ("fn=add, b=1", "func=add, b=1", "Change the parameter `func` to `fn`"),
        ("Zip()", "Zip(axis=0)", "Leave out `axis=0`"),
        ("b=1).apply", "b=1).aply", "Change `.aply` to `.apply`"),
        ("apply((x1, scales))", "apply(x1, scales)", "Give the streams as a tuple"),
        ("apply(total)", "apply(total", "Close the bracket with `)`"),
        ("apply(total)", "apply(total))", "Leave out a `)`"),
        ("return", "retrun", "Change `retrun` to `return`"),
        ("return ", "", "Return the last expression"),
        ("fn=square).apply(x0)", "fn=square)(x0)", "Apply Map with `.apply`"),
        ("step.Zip().apply((x1, scales))", "step.Zip()(x1, scales)", "Apply Zip with `.apply`"),
        ("step.Map(fn=square).apply(x0)", "square(x0)", "Apply `square` by Map"),
        ("step.Accum(fn=add, b=1).apply(squares)", "add(squares)", "Apply `add` by Accum"),
        ("n=D", "n=D.size", "Change `D.size` to `D`"),
        ("    squares", "      squares", "Indent every statement of the body alike"),
        ("    squares", "  squares", "Indent every statement of the body alike"),
        ("    x0", "  x0", "Indent every statement of the body alike"),
        ("    x0", "      x0", "Indent every statement of the body alike"),
        ("    return", "   return", "Indent every statement of the body alike"),
    ],
)
def test_a_slip_costs_one_line(old: str, new: str, title: str) -> None:
    body = BODY.replace(old, new, 1)
    assert body != BODY
    titles, removed, added = mended(body)
    assert titles == [title] and len(removed) == len(added) == 1


ROUTED = """
import step
from step import Multihot, f32

N = step.dim("N", 5)
E = step.dim("E", 2, fixed=True)


@step.fn(f32, f32)
def half(x):
    return x / 2


@step.fn(f32, f32)
def twice(x):
    return x * 2


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.operator(
    inputs={"x": step.stream(f32, [N]), "i": step.stream(Multihot(f32, E), [N])}, outputs=step.stream(f32, [N])
)
def routed(x, i):
    i0, i1 = step.Copy().apply(i)
    parts = step.Partition(N=E).apply((x, i0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([half, twice], parts)]
    return step.Merge(fn=add).apply((results, i1))
"""


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ("for f, part in", "for f, prat in", "Change `part` to `prat`"),
        ("apply(part)", "apply(prat)", "Change `prat` to `part`"),
        ("(results, i1)", "(i1, results)", "Give (results, i1)"),
    ],
)
def test_slips_in_lists_of_streams(old: str, new: str, title: str) -> None:
    operator = read(ROUTED.replace(old, new, 1)).operator("routed")
    assert operator is not None
    first = next(alternatives(operator, written_body(operator), words=True))
    assert first.reading.is_right and [one.title for one in first.fixes] == [title]


def test_stray_statements_are_taken_out() -> None:
    assert mended("    import numpy as np\n" + BODY) == (["Remove `import numpy as np`"], ["import numpy as np"], [])
    titles, removed, added = mended(BODY.replace("    pairs", "    print(scales)  # look\n    pairs"))
    assert (titles, removed, added) == (["Remove `print(scales)`"], ["print(scales)  # look"], [])
    titles, removed, added = mended(BODY.replace("    x0", "    import os; x0"))
    assert titles == ["Remove `import os`"] and added == ["x0, x1 = step.Copy().apply(x)"]


def test_a_missing_return_is_added() -> None:
    assert mended(BODY.replace("return ", "out = ")) == (["Return `out`"], [], ["return out"])


def test_statements_are_put_into_order_with_their_comments() -> None:
    line = "    squares = step.Map(fn=square).apply(x0)\n"
    titles, removed, added = mended(BODY.replace(line, "").replace("    scale =", f"    # first\n{line}    scale ="))
    assert titles == ["Put the statements into the order in which the streams flow"]
    assert sorted(removed) == sorted(added)


def test_several_slips_together_and_a_missing_copy() -> None:
    body = BODY.replace("    x0, x1 = step.Copy().apply(x)\n", "").replace("x0", "x").replace("x1", "x")
    titles, _, added = mended(body.replace("fn=square", "fn=sqaure").replace("return", "retrun"))
    assert set(titles) == {"Change `sqaure` to `square`", "Change `retrun` to `return`", "Insert Copy for `x`"}
    assert "# one sum for each row" not in added and len(added) == 4


def test_what_can_be_read_is_not_reworded() -> None:
    operator = operator_with(BODY)
    reading = read_candidate(operator, written_body(operator))
    assert not list(rewordings(operator, reading.text, reading.body, reading.errors))
    wrong = operator_with(BODY.replace("fn=div", "fn=add"))
    reading = read_candidate(wrong, written_body(wrong))
    assert reading.errors and not list(rewordings(wrong, reading.text, reading.body, reading.errors))


def test_a_models_answer_is_not_reworded() -> None:
    operator = operator_with(BODY.replace("fn=square", "fn=sqaure"))
    assert not list(alternatives(operator, written_body(operator)))


@pytest.mark.parametrize("text", ["", "(", "return", "x = = 1", "import os\n" * 50, "é = step.Map(", "\tx\n y", "'''"])
def test_whatever_is_written_nothing_raises(text: str) -> None:
    operator = operator_with("    ...\n")
    for one in alternatives(operator, text, words=True):
        assert one.reading.is_right
