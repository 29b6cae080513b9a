"""A function is read statement by statement while it is edited: to what Python's parser makes of the whole."""

from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from step.source.half_typed import function_by_statements
from step.source.parsing import parse_block
from step.source.split import Block, split_lines
from step.source.syntax import parse

from tests.source.test_tolerance import FRAGMENTS
from tests.source.texts import SOLVED, TWO

FUNCTIONS = tuple(
    "\n".join(text.split("\n")[one.decorator_list[0].lineno - 1 : one.end_lineno])
    for text in (*SOLVED, TWO)
    for one in ast.parse(text).body
    if isinstance(one, ast.FunctionDef) and one.decorator_list and one.body[0].lineno > one.lineno
)
CODE = (
    *FRAGMENTS, "else:", "\n    # note\n", "\n# note\n", "\n    x = 1; y = 2\n", "f'{x[\")\"]}'", "\\\n", "'a \\\n",
    '\n"""', "    ", ")\n    b = (", "if x:\n        ", "\n    else:\n        ", "\n\t", "b = 3)", "\n    b = 3,",
)  # fmt: skip


def compare(text: str) -> None:
    """What is sure is what Python's parser says of the whole."""
    lines = split_lines(text)
    text = "\n".join(lines)
    found = function_by_statements(tuple(lines))
    if found is None or not found.is_sure:
        return
    tree = parse(text)
    if found.problem is not None:
        assert isinstance(tree, SyntaxError), text
        return
    assert isinstance(tree, ast.Module), (text, tree)
    expected = ast.dump(tree.body[0], include_attributes=True)
    assert ast.dump(found.whole, include_attributes=True) == expected, text


def test_a_whole_function_is_what_the_parser_says() -> None:
    for text in FUNCTIONS:
        found = function_by_statements(tuple(text.split("\n")))
        assert found is not None and found.is_sure and found.problem is None, text
        compare(text)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FUNCTIONS), st.data())
def test_an_edited_function_is_what_the_parser_says(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from((0, 0, 0, 1, 3, 20))))
        text = text[:start] + "".join(data.draw(st.lists(st.sampled_from(CODE), max_size=2))) + text[end:]
    compare(text)


@pytest.mark.parametrize("fragment", CODE, ids=repr)
def test_a_fragment_anywhere_is_what_the_parser_says(fragment: str) -> None:
    text = sorted(FUNCTIONS, key=len)[len(FUNCTIONS) // 2]
    for place in range(len(text) + 1):
        compare(text[:place] + fragment + text[place:])


@pytest.mark.parametrize(
    "body",
    [
        "    x = 1\nelse:\n    y = 2",
        "    x = f(a,\n    b = 3)",
        "    x = f('a \\\n    ) b',\n    c = 3)",
        "    x = f(a\n\n    y = g(b)\n    return y",
        "    '''a\nb'''\n    return x)",
        "    x = f(a\nz = 3",
        "\tx = 1\n        y = 2",
        "  # a note that stands elsewhere\n    x = 1)\n    return x",
        "    x = 1\n# a note at the margin\n    return x)",
        "    \fx = 1\n    return x",
        "    return x \\",
        "    ...",
        "    x = [1,\n  2]\n    return x",
    ],
)
def test_what_is_hard_is_what_the_parser_says(body: str) -> None:
    compare("@d(1)\ndef f(a):\n" + body)
    compare("@d(1)\ndef f(\n    a: int = {1:\n    2},\n):  # this:\n" + body)


def test_a_mistake_is_told_in_its_own_statement() -> None:
    text = "def f(a):\n    x = f(\n        a]\n    )\n    y = g(x\n    return y"
    parsed = parse_block(Block(0, text))
    assert parsed.problem is not None
    assert (parsed.problem.span.line, parsed.problem.span.column) == (2, 9)
    assert parsed.problem.message == "closing parenthesis ']' does not match opening parenthesis '('"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(a):\n    b = 'abc\n    return b", "unterminated string literal"),
        ("def f(a):\n    for x in y:\n    return b", "expected an indented block after 'for' statement"),
        ("def f(a):\n    b = (1\n    return b", "'(' was never closed"),
    ],
)
def test_a_message_counts_no_lines_of_a_part_of_the_file(text: str, message: str) -> None:
    problem = parse_block(Block(0, text)).problem
    assert problem is not None and problem.message == message
