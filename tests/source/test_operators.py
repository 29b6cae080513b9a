"""What an operator is made of: its body's place, its docstring, whether it is a hole."""

from __future__ import annotations

import pytest
from step.source import OperatorSource, read

from tests.check.bodies import under

HEAD = "import step\nfrom step import f32\nN = step.dims(N=7)\n\n"
DECORATOR = "@step.operator(inputs={'x': step.stream(f32, [N])}, outputs=step.stream(f32, [N]))\n"


def operator_of(function: str) -> OperatorSource:
    (operator,) = read(HEAD + DECORATOR + function).operators
    return operator


@pytest.mark.parametrize(
    ("function", "body", "indent", "docstring", "hole"),
    [
        ("def op(x): ...", "...", "    ", None, True),
        ("def op(x): return x", "return x", "    ", None, False),
        ("def op(x): y = x; return y  # so", "y = x; return y  # so", "    ", None, False),
        ("def op(x):\n    ...", "...", "    ", None, True),
        ("def op(x):\n  pass", "pass", "  ", None, True),
        ("def op(x):\n\t...\n", "...", "\t", None, True),
        ('def op(x):\n    """Docs."""\n    ...', "...", "    ", "Docs.", True),
        ('def op(x):\n    """Docs."""', '"""Docs."""', "    ", "Docs.", True),
        ('def op(x): """Docs."""', '"""Docs."""', "    ", "Docs.", True),
        ('def op(x):\n    """Docs."""\n    # why\n    y = x  # so\n    return y\n\n    # after\n',
         "y = x  # so\n    return y", "    ", "Docs.", False),
        ("def op(\n    x,\n):\n    # why\n    return x\n# outside\n", "return x", "    ", None, False),
        ('def op(x):\n    """One\n\ntwo."""\n    return x', "return x", "    ", "One\n\ntwo.", False),
        ("def op(x):\n    x = 3\n    ...", "x = 3\n    ...", "    ", None, False),
        ("def op(x):\n    'Docs'\n    'no docs'\n    ...", "'no docs'\n    ...", "    ", "Docs", False),
    ],
)  # fmt: skip
def test_where_the_body_is(function: str, body: str, indent: str, docstring: str | None, hole: bool) -> None:
    operator = operator_of(function)
    lines = operator.text.split("\n")
    assert under(lines, operator.body_span) == body
    assert (operator.indent, operator.docstring, operator.is_hole) == (indent, docstring, hole)
    assert under(lines, operator.name_span) == "op"
    assert [under(lines, span) for _, span in operator.parameters] == ["x"]
    assert under(lines, operator.span) == operator.text
    assert operator.line == 4


def test_a_half_typed_body_is_no_hole() -> None:
    operator = operator_of('def op(x):\n    """Docs."""\n    y = step.Map(')
    assert not operator.is_hole and operator.docstring == "Docs."
    assert [one.code for one in operator.problems] == ["STEP-SYNTAX"]


def test_the_reference_is_named() -> None:
    text = HEAD + DECORATOR.replace("))\n", "),\n    reference=where.it.is_,\n)\n") + "def op(x): ...\n"
    (operator,) = read(text).operators
    assert operator.reference == "where.it.is_" and operator.reference_span is not None
    assert under(operator.text.split("\n"), operator.reference_span) == "where.it.is_"


def test_an_operator_that_is_decorated_besides() -> None:
    operator = operator_of(["@other\n# a comment\n\n", " = 3\n"][0] + "def op(x): ...\n")
    assert operator.is_hole and operator.name == "op"


def test_a_half_typed_operators_docstring_is_its_definitions() -> None:
    operator = DECORATOR + 'def op(x):\n    """Squares."""\n    y = step.Map(fn=square.apply(x)\n    return y\n'
    assert read(HEAD + operator).definitions["op"].docstring == "Squares."


def test_definitions_know_their_place() -> None:
    module = read(
        HEAD
        + "\n\ndef helper():\n    '''Helps.'''\n\nclass Thing: pass\na = b = 3\nfor c in []: pass\n"
        + DECORATOR
        + "def op(x): ...\n"
    )
    lines = module.text.split("\n")
    for name in ("N", "helper", "Thing", "a", "b", "c", "op", "f32", "step"):
        assert under(lines, module.definitions[name].span).split(" as ")[-1] == name
    assert module.definitions["helper"].docstring == "Helps."
