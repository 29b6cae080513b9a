"""Bodies as text: the module's own names, dimensions, lists of functions; graphs that other tools read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.infer import infer
from step.primitives import PRIMITIVES
from step.program import Builder, Program
from step.render import body_text, dot, graph, mermaid, spelling_of
from step.source import OperatorSource, read
from step.source.parsing import parse_statements
from step.source.reader import read_body
from step.types import f32

from tests.benchmark.solutions import ALL, solved
from tests.programs import Case, cases

P = PRIMITIVES


def operator_of(imports: str, body: str = "...") -> OperatorSource:
    text = f"""{imports}
D, N = S.dims(D=16, N=7)
E = S.dim("E", 3, fixed=True)
G = S.dim("Experts", 5, fixed=True)
DN = D * N
K = Q = S.dim("L", 9)
Row = S.Buffer(S.f32, [D])
@S.fn(S.f32, S.f32)
def square(x): return x
fns = [S.fn(S.f32, S.f32)(lambda x: x), square, S.fn(Row, Row)(lambda x: x)]
@S.operator(inputs={{"x": S.stream(S.f32, [D, N])}}, outputs=S.stream(S.f32, [D, N]))
def op(x):
    {body}
"""
    return read(text).operators[-1]


def written(operator: OperatorSource, *primitives: object, inputs: int = 1) -> str:
    builder = Builder(inputs)
    value = 0
    for one in primitives:
        (value, *_) = builder.add(one, (value,))  # type: ignore[arg-type]
    program = builder.build([value])
    text = body_text(program, ["x"], spelling_of(operator.scope))
    parsed = parse_statements(text)
    body = read_body(parsed.statements, parsed.lines, operator.scope, [("x", Span(0, 0, 0, 0))], Span(0, 0, 0, 0))
    assert not body.problems and body.program == program, text
    return text.split("step.")[-1] if "step." in text else text


@pytest.mark.parametrize(
    ("imports", "map_", "copy"),
    [
        ("import step\nS = step", "step.Map", "step.Copy"),
        ("import step as S", "S.Map", "S.Copy"),
        ("import step as S\nfrom step import Map", "Map", "S.Copy"),
        ("import step as S\nfrom step import Map as M, Copy as Twice", "M", "Twice"),
    ],
)
def test_primitives_are_written_as_the_module_can(imports: str, map_: str, copy: str) -> None:
    operator = operator_of(imports)
    square = operator.scope["square"]
    builder = Builder(1)
    first, second = builder.add(P["Copy"](), (0,))
    (made,) = builder.add(P["Map"](fn=square), (first,))
    text = body_text(builder.build([made, second]), ["x"], spelling_of(operator.scope))
    assert text == f"    x0, x1 = {copy}().apply(x)\n    squares = {map_}(fn=square).apply(x0)\n    return squares, x1"


def test_dimensions_are_written_as_the_module_can() -> None:
    operator = operator_of("import step\nS = step")
    D, N, L = Dim.symbol("D"), Dim.symbol("N"), Dim.symbol("L")
    wanted = [
        (D, "D"), (D * N, "DN"), (2 * D, "2 * D"), (D * D, "D * D"), (D / 4, "D / 4"), (Dim.number(3, "E"), "E"),
        (Dim.number(3), "3"), (3, "3"), (Dim.number(5, "Experts"), "G"), (L, "K"), (L * 2 * D, "2 * D * K"),
        (D * N / L, "D * N / K"), (Dim() / D, "1 / D"), (0, "0"),
    ]  # fmt: skip
    for dim, text in wanted:
        assert written(operator, P["Repeat"](n=dim)) == f"Repeat(n={text}).apply(x)"


def test_functions_of_lists_are_written_as_their_items() -> None:
    operator = operator_of("import step\nS = step")
    fns = operator.scope["fns"]
    assert isinstance(fns, tuple)
    assert written(operator, P["Map"](fn=fns[0])) == "Map(fn=fns[0]).apply(x)"
    assert written(operator, P["Map"](fn=fns[1])) == "Map(fn=square).apply(x)"
    assert written(operator, P["Accum"](fn=Function("square", *2 * (fns[1].element,)), b=2)).startswith(
        "Accum(fn=square, b=2)"
    )


def test_names_of_people_are_kept_and_none_hides_another() -> None:
    operator = operator_of("import step\nS = step")
    builder = Builder(1, ["x"])
    values = [builder.add(P["Identity"](), (0,))[0] for _ in range(6)]
    for value, name in zip(values, ["y", "square", "y", "not a name", "class", "D"], strict=True):
        builder.name(value, name)
    text = body_text(builder.build(values), ["x"], spelling_of(operator.scope))
    names = re.findall(r"^ +([\w ]+) = ", text, re.MULTILINE)
    assert names[0] == "y" and len(set(names)) == 6
    assert not {"square", "class", "D", "x", "step"} & set(names)


def test_long_calls_are_wrapped() -> None:
    names = [f"a_rather_long_name_{number}" for number in range(8)]
    builder = Builder(8, names)
    (made,) = builder.add(P["Map"](fn=Function("f", f32, f32)), range(8))
    text = body_text(builder.build([made]), names)
    assert text.split("\n") == ["    return step.Map(fn=f).apply(", f"        ({', '.join(names)})", "    )"]


def test_an_operator_that_returns_its_input() -> None:
    assert body_text(Program(1, (), (0,)), ["x"]) == "    return x"
    assert body_text(Program(1, (), ()), ["x"]) == "    return"


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_a_solution_is_read_back_from_what_is_written_of_it(task: object) -> None:
    operator = read(solved(task)).operators[-1]  # type: ignore[arg-type]
    program = operator.body.program
    text = body_text(program, [name for name, _ in operator.parameters], spelling_of(operator.scope))
    parsed = parse_statements(text)
    body = read_body(parsed.statements, parsed.lines, operator.scope, operator.parameters, operator.name_span)
    assert not body.problems and body.program == program


MERMAID = re.compile(r'flowchart TD\n(    \w+(\(\["[^"]+"\]\)|\["[^"]+"\])\n)+(    \w+ -->\|"[^"|]+"\| \w+\n)*')
DOT = re.compile(
    r'digraph "\w*" \{\n    node \[[^\]]+\];\n    edge \[[^\]]+\];\n(    \w+ \[shape=(box|oval), label="[^"]+"\];\n)+'
    r'(    \w+ -> \w+ \[label="[^"]+"\];\n)*\}\n'
)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_graphs_are_well_formed_and_whole(case: Case) -> None:
    typing = infer(case.program, case.specification.input_types)
    drawn = graph(case.program, case.specification, typing.types, name="op")
    assert len(drawn.nodes) == case.program.inputs + len(case.program.nodes) + len(case.program.outputs)
    assert len({one.id for one in drawn.nodes}) == len(drawn.nodes)
    ids = {one.id for one in drawn.nodes}
    assert all(edge.source in ids and (edge.target is None or edge.target in ids) for edge in drawn.edges)
    assert [edge.state == "unused" for edge in drawn.edges] == [edge.target is None for edge in drawn.edges]
    assert {edge.label for edge in drawn.edges} <= {str(one) for one in typing.types}
    assert MERMAID.fullmatch(mermaid(drawn)), mermaid(drawn)
    assert DOT.fullmatch(dot(drawn)), dot(drawn)
