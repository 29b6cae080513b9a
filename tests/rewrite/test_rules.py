"""Each rewrite: what it answers, what it writes, and that the text says what the fix means."""

# ruff: noqa: E501 (texts stay as people write them)
from __future__ import annotations

import dataclasses

import pytest
from step.check import check, check_operator
from step.equality import same_graph
from step.rewrite import Fix, apply_text_edits, fix_all, propose, text_edits
from step.rewrite.text import case_of
from step.source import OperatorSource, read

from tests.check.bodies import module_of

PAIR = "(f32, f32), [D, N]"
TWO = "f32, [D, N]; f32, [D, N]"


def operator_of(text: str) -> OperatorSource:
    (operator,) = read(text).operators
    return operator


def fixes(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> list[tuple[Fix, str]]:
    """The fixes of a body, each with the body after it; every text must say what its fix means."""
    text = module_of(body, inputs, outputs)
    operator = operator_of(text)
    case = case_of(operator)
    assert case is not None
    found = []
    for fix in propose(case):
        after = apply_text_edits(text, text_edits(operator, fix), operator.line)
        again = operator_of(after)
        assert again.body.is_complete, after
        assert same_graph(again.body.program, fix.program), (fix.title, after)
        assert len(check_operator(again).diagnostics) <= len(check_operator(operator).diagnostics)
        head = text.index("def op(")
        start = text.index("\n", head) + 1
        found.append((fix, "\n".join(line[4:] for line in after[start:].rstrip("\n").split("\n"))))
    return found


FIRST = [
    # (body, inputs, outputs, rule, the body after the first fix)
    ("return step.Zip().apply((x, x))", "x: f32, [D, N]", PAIR, "insert-copy",
     "x0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, x1))"),
    ("a = step.Map(fn=square).apply(x)  # squares\n\n# and\nb = step.Map(fn=negate).apply(x)\nreturn a, b",
     "x: f32, [D, N]", TWO, "insert-copy",
     "x0, x1 = step.Copy().apply(x)\na = step.Map(fn=square).apply(x0)  # squares\n\n# and\n"
     "b = step.Map(fn=negate).apply(x1)\nreturn a, b"),
    ("return x, x, x", "x: f32, [D, N]", f"{TWO}; f32, [D, N]", "insert-copy",
     "x0, x_rest = step.Copy().apply(x)\nx1, x2 = step.Copy().apply(x_rest)\nreturn x0, x1, x2"),
    ("x0 = step.Map(fn=square).apply(x)\nreturn step.Zip().apply((x0, x0))", "x: f32, [D, N]", PAIR, "insert-copy",
     "x0 = step.Map(fn=square).apply(x)\nx00, x01 = step.Copy().apply(x0)\nreturn step.Zip().apply((x00, x01))"),
    ("y = x\nreturn step.Zip().apply((x, y))", "x: f32, [D, N]", PAIR, "insert-copy",
     "y = x\nx0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, x1))"),
    ("x0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, x0))", "x: f32, [D, N]", PAIR, "use-copy",
     "x0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, x1))"),
    ("x0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x, x1))", "x: f32, [D, N]", PAIR, "use-copy",
     "x0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, x1))"),
    ("a, b = step.Copy().apply(x)\nc, d = step.Copy().apply(b)\nreturn a, a, a", "x: f32, [D, N]",
     f"{TWO}; f32, [D, N]", "use-copy",
     "a, b = step.Copy().apply(x)\nc, d = step.Copy().apply(b)\nreturn a, d, c"),
    ("return step.Accum(fn=add, b=1).apply(x)", "x: f32, [N]", "f32, [1]", "promote-first",
     "return step.Accum(fn=add, b=1).apply(step.Promote(b=1).apply(x))"),
    ("return step.Bufferize(a=1).apply(x)", "x: f32, [D]", "Row, [1]", "promote-first",
     "return step.Bufferize(a=1).apply(step.Promote(b=1).apply(x))"),
    ("return step.Accum(fn=add, b=3).apply(x)", "x: f32, [D, N, M]", "f32, [M]", "right-rank",
     "return step.Accum(fn=add, b=2).apply(x)"),
    ("return step.Bufferize().apply(x)", "x: f32, [D, N, M]", "Buffer(f32, [D, N]), [M]", "right-rank",
     "return step.Bufferize(a=2).apply(x)"),
    ("return step.Map(fn=scale).apply((x, y))", "x: Row, [N]; y: f32, [N]", "Row, [N]", "operand-order",
     "return step.Map(fn=scale).apply((y, x))"),
    ("return step.Zip().apply((\n    x,  # one\n    y,\n))", "x: Row, [N]; y: f32, [N]", "(f32, Row), [N]", "operand-order",
     "return step.Zip().apply((\n    y,  # one\n    x,\n))"),
    ("y = step.Repeat(n=N).apply(x)\nreturn y", "x: f32, [N]", "f32, [D, N]", "repeat-count",
     "y = step.Repeat(n=D).apply(x)\nreturn y"),
    ("return step.Zip().apply((x, y))", "x: f32, [D, N]; y: f32, [N]", PAIR, "repeat-side",
     "return step.Zip().apply((x, step.Repeat(n=D).apply(y)))"),
    ("return step.Map(fn=add).apply(x)", "x: f32, [D, N]", "f32, [N]", "fold-or-map",
     "return step.Accum(fn=add, b=1).apply(x)"),
    ("return step.Accum(fn=square, b=1).apply(x)", "x: f32, [D, N]", "f32, [D, N]", "fold-or-map",
     "return step.Map(fn=square).apply(x)"),
    ("return x", "x: Row, [N]", "f32, [D, N]", "layout", "return step.Streamify().apply(x)"),
    ("return x", "x: f32, [D, N, 1]", "f32, [D, N]", "layout", "return step.Flatten(L=[2]).apply(x)"),
    ("return step.Map(fn=total).apply(x)", "x: f32, [D, N]", "f32, [N]", "layout",
     "return step.Map(fn=total).apply(step.Bufferize(a=1).apply(x))"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "inputs", "outputs", "rule", "after"), FIRST, ids=[f"{one[3]}: {one[0][:50]}" for one in FIRST]
)
def test_the_first_fix_of_a_mistake(body: str, inputs: str, outputs: str, rule: str, after: str) -> None:
    (fix, text), *_ = fixes(body, inputs, outputs)
    assert (fix.rule, text) == (rule, after)
    assert fix.title and len(fix.reason) > 30 and fix.codes
    found = check_operator(operator_of(module_of(after, inputs, outputs)))
    assert found.holds and not found.diagnostics


@pytest.mark.parametrize(
    "body",
    [
        "ps = [x, x]\nreturn step.Zip().apply(ps)",
        "p = (x, x)\nreturn step.Zip().apply(p)",
        "return [step.Zip().apply((s, s)) for s in [x]][0]",
        "a, b = x, x\nreturn step.Zip().apply((a, b))",
        "return step.Zip().apply((step.Identity().apply(x), step.Identity().apply(x)))",
        "x = step.Map(fn=square).apply(x)\ny = x\nx = step.Identity().apply(x)\nreturn step.Zip().apply((x, y))",
        "y = step.Map(\n    fn=square,\n).apply(x); z = step.Map(fn=negate).apply(x)\nreturn step.Zip().apply((y, z))",
    ],
)
def test_what_cannot_be_edited_in_place_is_written_anew(body: str) -> None:
    found = fixes(body, outputs=PAIR)
    assert found and found[0][0].rule == "insert-copy"
    assert check_operator(operator_of(module_of(found[0][1], outputs=PAIR))).holds


def test_a_body_on_the_line_of_its_def_is_written_below_it() -> None:
    text = module_of("return step.Zip().apply([x, x][:])", outputs=PAIR).replace(
        "def op(x):\n    return", "def op(x): return"
    )
    fixed, made = fix_all(text)
    assert [one.rule for one in made] == ["insert-copy"]
    assert fixed.endswith("def op(x):\n    x0, x1 = step.Copy().apply(x)\n    return step.Zip().apply((x0, x1))\n")
    assert not check_operator(operator_of(fixed)).diagnostics


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("indent", ["    ", "  ", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_indentation_and_comments_stay(newline: str, indent: str, mark: str) -> None:
    body = '"""Docs."""\n# one\ny = step.Map(fn=square).apply(x)  # two\n\nz = step.Zip().apply((x, y))  # three\nreturn z  # four'
    text = mark + module_of(body, outputs=PAIR).replace("    ", indent).replace("\n", newline)
    fixed, made = fix_all(text)
    assert len(made) == 1
    wanted = text.replace("fn=square).apply(x)", "fn=square).apply(x0)").replace("apply((x, y))", "apply((x1, y))")
    copy = f"x0, x1 = step.Copy().apply(x){newline}{indent}"
    assert fixed == wanted.replace("y = step.Map", f"{copy}y = step.Map")


def test_fixing_all_is_done_once_and_does_nothing_to_what_is_right() -> None:
    text = module_of(
        "a = step.Map(fn=square).apply(x)\nreturn step.Accum(fn=add, b=1).apply(a), step.Zip().apply((x, a))",
        "x: f32, [N]",
        "f32, [1]; (f32, f32), [N]",
    )
    fixed, made = fix_all(text)
    assert sorted(one.rule for one in made) == ["insert-copy", "insert-copy", "promote-first"]
    assert all(one.safe for one in made)
    assert fix_all(fixed) == (fixed, ())
    assert not check(read(fixed))[0].diagnostics


def test_what_is_not_safe_is_not_done_unasked() -> None:
    text = module_of("return step.Map(fn=scale).apply((x, y))", "x: Row, [N]; y: f32, [N]", "Row, [N]")
    assert fix_all(text) == (text, ())
    assert [one.rule for one in fix_all(text, only_safe=False)[1]] == ["operand-order"]


def test_a_right_program_has_no_fix() -> None:
    assert fixes("return step.Map(fn=square).apply(x)") == []


def test_names_that_are_taken_are_not_taken_again() -> None:
    body = "x0 = step.Map(fn=square).apply(x)\nx1 = step.Map(fn=negate).apply(x)\nreturn x0, x1"
    (_, text), *_ = fixes(body, outputs=TWO)
    assert text.startswith("x0_2, x1_2 = step.Copy().apply(x)\nx0 = step.Map(fn=square).apply(x0_2)\n")


def test_the_modules_own_spelling_is_used() -> None:
    text = module_of("return s.Zip().apply((x, x))", outputs=PAIR).replace(
        "import step\n", "import step as s\nfrom step import Copy as Twice\nimport step\n"
    )
    text = text.replace("import step\nfrom step import Buffer", "import step\nfrom step import Buffer")
    fixed, _ = fix_all(text)
    assert "x0, x1 = Twice().apply(x)" in fixed


def test_a_fix_for_an_operator_without_a_specification_is_none() -> None:
    operator = dataclasses.replace(operator_of(module_of("return x")), specification=None)
    assert case_of(operator) is None


def test_a_count_too_many_is_not_papered_over_by_a_promote() -> None:
    found = fixes("return step.Accum(fn=add, b=2).apply(x)", outputs="f32, [N]")
    assert [fix.title for fix, _ in found if fix.safe] == []
    assert found[0][0].title == "Change Accum to b=1"


def test_a_copy_that_is_made_later_is_not_taken() -> None:
    body = "y = step.Map(fn=square).apply(x)\nx0, x1 = step.Copy().apply(x)\nreturn step.Zip().apply((x0, y))"
    assert [fix.rule for fix, _ in fixes(body, "x: f32, [D, N]", PAIR)] == ["insert-copy"]
