"""Operators, functions and dimensions inside of ``if``, ``match``, ``try``, ``with``: read as if every branch ran."""

from __future__ import annotations

import textwrap

import pytest
from step.check import Checker, check
from step.diagnostic import Span
from step.simulate.verify import verify
from step.source import ModuleReader, read
from step.source.meaning import meaning
from step.types import Unknown

HEAD = """\
import os
import step
from step import f32

D, N = step.dims(D=16, N=7)

@step.fn(f32, f32)
def square(x):
    return x * x

"""
OPERATOR = """\
@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [D, N]),
    reference=None,
)
def NAME(x):
    \"\"\"Squares.\"\"\"
    y = step.Map(fn=square).apply(x)
    return y
"""


def operator(name: str, indent: int = 0, old: str = "", new: str = "") -> str:
    """An operator's text."""
    return textwrap.indent(OPERATOR.replace("NAME", name).replace(old, new), " " * indent)


COMPOUNDS = {
    "if": ("if os.environ.get('X'):\n", ""),
    "else": ("if os.environ.get('X'):\n    pass\nelse:\n", ""),
    "elif": ("if 1:\n    pass\nelif 2:\n", "else:\n    pass\n"),
    "try": ("try:\n", "except ValueError as error:\n    raise\n"),
    "except": ("try:\n    import nothing\nexcept ImportError:\n", ""),
    "finally": ("try:\n    pass\nfinally:\n", ""),
    "case": ("match os.name:\n    case 'nt':\n        pass\n    case _:\n", ""),
    "first case": ("match os.name:\n    case 'nt' | [*_]:\n", "    case other:\n        pass\n"),
    "with": ("with open('x') as file:\n", ""),
}


@pytest.mark.parametrize("which", COMPOUNDS)
def test_an_operator_inside_is_read_as_any_other(which: str) -> None:
    before, after = COMPOUNDS[which]
    indent = 8 if "case" in which else 4
    text = HEAD + before + operator("inner", indent, "apply(x)", "apply(z)") + after + operator("outer")
    module = read(text)
    inner, outer = module.operators
    assert (inner.name, outer.name) == ("inner", "outer")
    assert inner.text == operator("inner", indent, "apply(x)", "apply(z)").rstrip("\n")
    assert inner.docstring == "Squares." and inner.indent == " " * (indent + 4) and not inner.is_hole
    (found,) = (one for one in check(module)[0].in_file if one.severity == "error")
    line, column = text[: text.index("apply(z)")].count("\n"), indent + 4 + len("y = step.Map(fn=square).apply(")
    assert (found.code, found.span.line, found.span.column) == ("STEP-NAME", line, column)
    assert check(module)[1].diagnostics == ()


def test_both_branches_are_read_and_the_later_wins() -> None:
    text = f"{HEAD}if os.name:\n{operator('f', 4)}else:\n{operator('f', 4, 'fn=square', 'fn=cube')}"
    module = read(text)
    assert [one.name for one in module.operators] == ["f", "f"]
    last = module.operator("f")
    assert last is not None and "cube" in last.text
    first, second = check(module)
    assert first.diagnostics == () and [one.code for one in second.diagnostics] == ["STEP-NAME"]


def test_functions_and_dims_inside_are_known() -> None:
    text = HEAD.replace("D, N", "try:\n    D, N").replace("\n\n@step.fn", "\nfinally:\n    pass\n\n@step.fn")
    inside = "if os.name:\n    @step.fn(f32, f32)\n    def cube(x):\n        return x\n    K = step.dims(K=3)\n"
    module = read(text + inside + operator("f", 0, "fn=square", "fn=cube"))
    assert [str(module.definitions[name].value) for name in ("D", "K")] == ["D", "K"]
    assert {name: spec.size for name, spec in module.dims.items()} == {"D": 16, "N": 7, "K": 3}
    (found,) = check(module)
    assert found.diagnostics == () and str(found.typing.types[-1]) == "f32, [D, N]"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("if os.name:\n    Row = f32\nelse:\n    Row = step.Buffer(f32, [D])\n", False),
        ("if os.name:\n    Row = f32\nelse:\n    Row = f32\n", True),
        ("Row = f32\nif os.name:\n    Row = step.Buffer(f32, [D])\n", False),
        ("Row = f32\nwith open('x'):\n    Row = step.Buffer(f32, [D])\n", True),
        ("try:\n    Row = f32\nexcept ValueError:\n    Row = None\n", False),
        ("try:\n    Row = f32\nexcept ValueError:\n    raise\n", True),
        ("if os.name:\n    with open('x'):\n        Row = 1\nelse:\n    Row = 2\n", False),
        ("if os.name:\n    Row = 1\nRow = f32\n", True),
        ("for _ in range(3):\n    Row = f32\n", False),
        ("match os.name:\n    case 'nt':\n        Row = f32\n    case _:\n        Row = 1\n", False),
        ("match os.name:\n    case 'nt':\n        Row = f32\n    case _:\n        Row = f32\n", True),
        ("Row = f32\nmatch os.name:\n    case {'a': [Row]}:\n        pass\n", False),
        ("Row = f32\nfor _ in range(3):\n    match os.name:\n        case {'a': 1, **Row}:\n            pass\n", False),
    ],
)
def test_what_depends_on_the_branch_is_unknown(text: str, known: bool) -> None:
    value = read(HEAD + text).definitions["Row"].value
    assert isinstance(value, Unknown) != known


def test_an_edit_inside_is_read_as_a_fresh_text_is() -> None:
    reader, checker = ModuleReader(), Checker()
    one = f"{HEAD}if os.name:\n{operator('f', 4)}\n{operator('g', 4)}else:\n{operator('h', 4)}\n{operator('last')}"
    texts = [
        one,
        one.replace("return y", "return x", 1),
        one.replace("square", "cube", 3),
        one.replace("    y = step", "    # a remark\n        y = step", 1),
        "\n\n" + one,
        one.replace("D=16", "D=18"),
        one.replace("return y", "return (", 1),
        one,
    ]
    for text in texts:
        mine, fresh = reader.read(text), read(text)
        assert [(o.name, o.line, o.text, o.span) for o in mine.operators] == [
            (o.name, o.line, o.text, o.span) for o in fresh.operators
        ]
        mine_found = [tuple(found.in_file) for found in checker.check(mine)]
        assert mine_found == [tuple(found.in_file) for found in check(fresh)] and mine.problems == fresh.problems


TWO_BRANCHES = (
    HEAD.replace("import os", "import sys")
    + "if CONDITION:\n"
    + operator("f", 4, "reference=None", "reference=lambda x: x * x")
    + "else:\n"
    + operator("f", 4, "reference=None", "reference=lambda x: x").replace("Map(fn=square)", "Identity()")
    + operator("only", 4, "reference=None", "reference=lambda x: x * x")
)


@pytest.mark.parametrize("condition", ["sys.maxsize", "not sys.maxsize"])
def test_what_is_run_is_the_branch_that_was_taken(condition: str) -> None:
    text = TWO_BRANCHES.replace("CONDITION", condition)
    assert verify(text, "m.py", "f").status == "passed"
    other = verify(text, "m.py", "only")
    if condition == "sys.maxsize":
        (found,) = other.diagnostics
        assert (other.status, found.code, found.severity) == ("skipped", "STEP-BRANCH", "warning")
        branch = text[: text.index("else:")].count("\n")
        assert f"`else:` (line {branch + 1}) was not taken" in found.message and other.message == found.message
        assert found.span.line == text[: text.index("def only")].count("\n")
        assert [one.span for one in found.related] == [Span(branch, 0, branch, 5)]
    else:
        assert other.status == "passed"


@pytest.mark.parametrize(
    ("text", "indent", "said"),
    [
        ("try:\n    import no_such\nOPERATORexcept ImportError:\n    pass\n", 4, "before it in the `try` of line 11"),
        ("try:\n    pass\nexcept OSError:  # never\nOPERATOR", 4, "`except OSError:` (line 13) was not taken"),
        ("if 1:\n    pass\nelif 2:\n    # a remark\nOPERATORelse:\n    pass\n", 4, "`elif 2:` (line 13)"),
        (
            "match 1:\n    case 2 if D:\nOPERATOR    case _:\n        pass\n",
            8,
            "`case 2 if D:` (line 12) was not taken",
        ),
        ("if 1:\n    if (\n        0\n    ):\nOPERATOR", 8, "`if (` (line 12) was not taken"),
    ],
)
def test_the_branch_that_did_not_run_is_named(text: str, indent: int, said: str) -> None:
    report = verify(HEAD + text.replace("OPERATOR", operator("f", indent)), "m.py", "f")
    assert report.status == "skipped" and said in report.message


def test_a_name_that_is_gone_at_the_top_level_is_an_error() -> None:
    report = verify(f"{HEAD}{operator('f')}del f\n", "m.py", "f")
    assert report.status == "error" and "a later statement deletes it" in report.message


@pytest.mark.parametrize("body", [None, "..."])
def test_an_operator_of_some_sizes_only_is_an_error_that_says_which(body: str | None) -> None:
    text = f"{HEAD}if D.size == 16:\n{operator('f', 4, 'reference=None', 'reference=lambda x: x * x')}"
    text = text.replace("y = step.Map(fn=square).apply(x)\n        return y", body) if body else text
    report = verify(text, "m.py", "f")
    (found,) = report.diagnostics
    assert (report.status, found.code) == ("error", "STEP-BRANCH")
    assert found.message.startswith("`f` does not exist at D=18, N=9: ")


def test_an_operator_inside_means_what_it_and_the_statement_around_it_say() -> None:
    def meanings(text: str) -> list[str]:
        return [meaning(read(text), name) for name in ("f", "g", "last")]

    text = f"{HEAD}if os.name:\n{operator('f', 4)}\n{operator('g', 4)}\n{operator('last')}"
    before = meanings(text)
    assert len(set(before)) == 3

    def changed(new: str) -> list[bool]:
        return [one != other for one, other in zip(meanings(new), before, strict=True)]

    assert changed(text.replace("return y", "return x", 1)) == [True, False, False]
    assert changed(text.replace("    y = step", "    # a remark\n\n        y = step", 1)) == [False] * 3
    assert changed(text.replace('"""Squares."""', '"""Its square."""')) == [False] * 3
    assert changed(text.replace("if os.name", "if os.sep")) == [True] * 3
    assert changed(text.replace("return x * x", "return x")) == [True] * 3


@pytest.mark.parametrize(
    ("heads", "indent"), [(("if os.name:", "else:"), 4), (("match os.name:\n    case 'a':", "    case _:"), 8)]
)
@pytest.mark.parametrize(
    "typed", ["return (", "return step.Map(fn=", "y = = 3", "return '''", "z = step.Zip().apply((x,"]
)
def test_a_half_typed_body_inside_leaves_the_others(typed: str, heads: tuple[str, str], indent: int) -> None:
    first, second = operator("f", indent), operator("g", indent, "return y", typed)
    text = f"{HEAD}{heads[0]}\n{first}\n{second}{heads[1]}\n{operator('h', indent)}\n"
    module = read(text + operator("last"))
    found = {one.name: one for one in module.operators}
    assert set(found) >= {"f", "last"} and (set(found) == {"f", "g", "h", "last"} or "'''" in typed)
    checks = {one.operator.name: one for one in check(module)}
    assert checks["f"].diagnostics == checks["last"].diagnostics == ()
    if "g" in found:
        codes = [one.code for one in checks["g"].in_file]
        (broken,) = [one for one in checks["g"].in_file if one.code == "STEP-SYNTAX"]
        assert "STEP-SYNTAX" in codes and broken.span.line == text[: text.index(typed)].count("\n")
        assert [one.code for one in module.problems] == [] and checks["h"].diagnostics == ()
        assert found["g"].name_span.column == indent + 4 and str(checks["g"].typing.types[1]) == "f32, [D, N]"
