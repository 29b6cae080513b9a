"""Declarations, read from source and run: both say the same, and what to do."""

# ruff: noqa: E501 (texts stay as people write them)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import step
from step import Buffer, Multihot, f32
from step.check import CODES, check, explain
from step.choice import Choice, choosing
from step.declare import DeclarationError
from step.source import read

HEAD = "import step\nfrom step import Buffer, Multihot, Tile, STuple, Scalar, f32\nD, N = step.dims(D=16, N=7)\nE = step.dim('E', 3, fixed=True)\n"

WRONG: list[tuple[str, str]] = [
    ("step.dims(D=-1)", "dimension D: the size must be a whole number from 0; got -1"),
    ("step.dims(D=1.5)", "dimension D: the size must be a whole number from 0; got 1.5"),
    ("step.dims(D=True)", "dimension D: the size must be a whole number from 0; got True"),
    ("step.dims()", "step.dims needs at least one name: D, N = step.dims(D=16, N=7)"),
    ("step.dim('D', 15, multiple_of=2)", "dimension D: size 15 breaks its own bounds (multiple_of=2, at_least=0)"),
    ("step.dim('D', 3, at_least=4)", "dimension D: size 3 breaks its own bounds (multiple_of=1, at_least=4)"),
    ("step.dim('a b', 3)", "step.dim needs a name first: step.dim(\"D\", 16); got 'a b'"),
    ("step.stream(f32, [])", "step.stream: a stream has one dimension at least: step.stream(f32, [N])"),
    ("step.stream(f32, D)", "step.stream: dimensions are a list, innermost first, as [D, N]; got Dim(D)"),
    ("step.stream(f32, [1.5])", "step.stream: a dimension is a Dim or a whole number; got 1.5"),
    ("step.stream(f32, [-2])", "step.stream: a dimension cannot be negative: -2"),
    ("step.stream(3, [D])", "step.stream: not an element type: 3"),
    ("step.stream('f31', [D])", "step.stream: unknown dtype 'f31'; one of f32, f64, f16, i32, i64, i16, i8, u8, bool"),
    ("step.stream(f32, [D], data='gauss')", 'step.stream: data is "normal", "uniform", "ones" or "binary"; got \'gauss\''),
    ("step.stream(f32, [D], scale='x')", "step.stream: scale is a number; got 'x'"),
    ("step.stream(f32, [D], ones=(0, 1))", "step.stream: ones=(low, high) is for a Multihot; the type is f32"),
    ("step.stream(Multihot(f32, E), [D], ones=2)", "step.stream: ones=(low, high) is how many bits are set; got 2"),
    ("step.stream(Multihot(f32, E), [D], ones=(1, 4))",
     "step.stream: ones=(1, 4) needs low ≤ high ≤ 3, the multihot's length"),
    ("step.stream(Multihot(f32, E), [D], ones=(2, 1))",
     "step.stream: ones=(2, 1) needs low ≤ high ≤ 3, the multihot's length"),
    ("Buffer(f32, [])", "there must be one dimension at least: Buffer(element, [d0, …])"),
    ("Buffer(f32, 3)", "dimensions are a list, innermost first, as [D, N]; got 3"),
    ("Tile('f33', [D, N])", "unknown dtype 'f33'; one of f32, f64, f16, i32, i64, i16, i8, u8, bool"),
    ("Multihot(f32, -1)", "a dimension cannot be negative: -1"),
    ("STuple((f32,))", "a tuple has two fields at least; got 1: write the type itself"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "message"), WRONG, ids=[one[0] for one in WRONG])
def test_a_declaration_that_makes_no_sense_says_so_in_source_and_when_run(expression: str, message: str) -> None:
    module = read(f"{HEAD}y = {expression}\n")
    assert [(one.code, one.message) for one in module.problems] == [("STEP-DECLARATION", message)]
    assert module.problems[0].span == (4, 4, 4, 4 + len(expression))
    with choosing(Choice()), pytest.raises((TypeError, ValueError)) as error:
        exec(HEAD + expression, {})
    assert str(error.value) == message


FUNCTIONS: list[tuple[str, str]] = [
    ("@step.fn(3, f32)", "step.fn: not an element type: 3"),
    ("@step.fn(f32, (f32, f32), init=0)", "step.fn: init needs 2 number(s), one a field of (f32, f32); got 1"),
    (
        "@step.fn(f32, f32, init='zero')",
        "step.fn: init is one number a field of the state, which fills the field whatever its shape is (init=0); got 'zero'",
    ),
    ("@step.fn(f32)", "step.fn needs two types: @step.fn(element, result)"),
    ("@step.fn", "step.fn needs two types: @step.fn(element, result)"),
    ("@step.fn(f32, f32, 0)", "step.fn takes 2 positional arguments"),
    ("@step.fn(f32, f32, inti=0)", "step.fn has no parameter `inti`; did you mean `init`?"),
]


@pytest.mark.parametrize(("decorator", "message"), FUNCTIONS, ids=[one[0] for one in FUNCTIONS])
def test_functions_that_are_declared_wrongly(decorator: str, message: str) -> None:
    text = f"{HEAD}{decorator}\ndef f(x): return x\n@step.operator(inputs={{'x': step.stream(f32, [D, N])}}, outputs=step.stream(f32, [D, N]))\ndef op(x):\n    return step.Map(fn=f).apply(x)\n"
    module = read(text)
    assert [(one.code, one.message) for one in module.problems] == [("STEP-DECLARATION", message)]
    assert module.problems[0].span.line == 4


CALLS: list[tuple[str, str, str | None]] = [
    ("@step.fn(f32, (f32, f32), init=(0, 0))", "(s, ss, x)",
     "step.fn: f takes 3 arguments, and is called with 2: the state is one tuple, the first argument: "
     "def f(state, x), with s0, s1 = state in it"),
    ("@step.fn(f32, f32, init=0)", "(x)",
     "step.fn: f takes 1 argument, and is called with 2: the state comes first: def f(state, x)"),
    ("@step.fn(f32, f32)", "(total, x)",
     "step.fn: f takes 2 arguments, and is called with 1: f has no init (f32 → f32): if it is a fold, give it one in "
     "@step.fn(…, init=…)"),
    ("@step.fn((f32, f32), f32)", "(pair)",
     "step.fn: f takes 1 argument, and is called with 2: it is called with one argument a field of its element: "
     "def f(x0, x1)"),
    ("@step.fn(f32, f32)", "(a, b, c, eps=1)",
     "step.fn: f takes 3 to 4 arguments, and is called with 1: it is called with one argument a field of its element: "
     "def f(x)"),
    ("@step.fn(f32, f32)", "(a, b, c, *rest)",
     "step.fn: f takes 3 arguments or more, and is called with 1: it is called with one argument a field of its "
     "element: def f(x)"),
    ("@step.fn(f32, f32)", "(x, eps=1e-5)", None),
    ("@step.fn((f32, f32), f32)", "(*pair)", None),
    ("@step.fn((f32, f32), f32, init=0)", "(state, *pair, eps=1)", None),
    ("@step.fn(f32, f32)", "(x, *, eps)", None),
    ("@step.fn(f32, f32)\n@wrapped", "()", None),
]  # fmt: skip


@pytest.mark.parametrize(("decorator", "parameters", "message"), CALLS, ids=[f"{one[0]} {one[1]}" for one in CALLS])
def test_a_function_that_cannot_be_called_as_it_is_declared(
    decorator: str, parameters: str, message: str | None
) -> None:
    """A search would go through its whole time without it, and a check find out only where a body applies it."""
    head = HEAD + "def wrapped(f): return lambda *arguments: f(*arguments)\n"
    text = f"{decorator}\ndef f{parameters}: return 0\n"
    found = read(head + text).problems
    assert [(one.code, one.message) for one in found] == ([("STEP-DECLARATION", message)] if message else [])
    assert {one.span for one in found} <= {(6, 4, 6, 5)}
    with choosing(Choice()):
        if message is None:
            exec(head + text, {})
        else:
            with pytest.raises(DeclarationError) as error:
                exec(head + text, {})
            assert str(error.value) == message


def test_an_init_that_is_an_array_is_told_by_its_shape() -> None:
    with pytest.raises(DeclarationError, match=r"\(init=0\); got an array of shape \(2, 3\)$"):
        step.fn(f32, Buffer(f32, [3, 2]), init=np.zeros((2, 3)))
    with pytest.raises(DeclarationError, match=r"\(init=\(0, 0\)\); got 0, an array of shape \(3,\)$"):
        step.fn(f32, (f32, Buffer(f32, [3])), init=(0, np.zeros(3)))


def test_a_function_whose_parameters_are_not_known_is_left_alone() -> None:
    """Many functions written in C do not tell their parameters; of an unknown type the fields are not known."""
    assert not read(HEAD + "from there import Row\n@step.fn(Row, f32)\ndef f(a, b, c): return a\n").problems
    with choosing(Choice()):
        assert step.fn(f32, f32)(max).function.name == "max"


OPERATORS: list[tuple[str, str, str]] = [
    ("@step.operator", "(x)", "step.operator needs `inputs`: @step.operator(inputs={…}, outputs=…, reference=…)"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])})", "(x)",
     "step.operator needs `outputs`: @step.operator(inputs={…}, outputs=…, reference=…)"),
    ("@step.operator(inputs={'x': f32}, outputs=step.stream(f32, [D]))", "(x)",
     "this must be a step.stream(type, dims)"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=())", "(x)", "an operator has one output at least"),
    ("@step.operator(inputs={}, outputs=step.stream(f32, [D]))", "()", "an operator has one input at least"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=step.stream(f32, [D]), ref=None)", "(x)",
     "step.operator has no parameter `ref`"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=step.stream(f32, [D]))", "(y)",
     "this input is declared as `x`; got `y`"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=step.stream(f32, [D]))", "(x, y)",
     "`inputs` declares 1 stream; op takes 2: write def op(x)"),
    ("@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=step.stream(f32, [D]))", "(x, *rest)",
     "an operator takes its input streams only, by plain parameters"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("decorator", "parameters", "message"), OPERATORS, ids=[f"{one[0]} {one[1]}" for one in OPERATORS]
)
def test_operators_that_are_declared_wrongly(decorator: str, parameters: str, message: str) -> None:
    (found,) = check(read(f"{HEAD}{decorator}\ndef op{parameters}: ...\n"))
    assert [one.message for one in found.diagnostics if one.code != "STEP-HOLE"] == [message]
    assert {one.code for one in found.diagnostics} <= {"STEP-DECLARATION", "STEP-SIGNATURE", "STEP-HOLE"}


@pytest.mark.parametrize(
    "declaration",
    [
        "outs = (step.stream(f32, [N]), step.stream(f32, [N]))\nS = dict(outputs=outs, inputs=1)\n@step.operator(**S)\ndef op(x): ...",
        "@step.operator(inputs={**more}, outputs=step.stream(f32, [N]))\ndef op(x): ...",
        "@step.operator(inputs=dict(x=step.stream(f32, [N])), outputs=step.stream(f32, [N]))\ndef op(x): ...",
        "@step.operator(inputs={'x': step.stream(f32, [N])}, outputs=[step.stream(f32, [N]) for _ in range(2)])\ndef op(x): ...",
        "outs = step.stream(f32, [N]), step.stream(f32, [N])\n@step.operator(inputs={'x': step.stream(f32, [N])}, outputs=outs)\ndef op(x): ...",
        "from there import Row, K\n@step.operator(inputs={'x': step.stream(Row, [K])}, outputs=step.stream(Row, [2 * K]))\ndef op(x): ...",
        "from there import K\n@step.operator(inputs={'x': step.stream(Buffer(f32, [K]), [N])}, outputs=step.stream(f32, [N]))\ndef op(x): ...",
        "import step as s\n@s.operator(inputs={'x': s.stream(s.f32, [N])}, outputs=s.stream('float', [N]), reference=lambda x: x)\ndef op(x): ...",
        "from step import *\n@operator(inputs={'x': stream(f32, [N])}, outputs=stream(f32, [N]))\ndef op(x): ...",
    ],
)
def test_what_cannot_be_known_of_a_declaration_is_no_mistake(declaration: str) -> None:
    module = read(f"{HEAD}{declaration}\n")
    (found,) = check(module)
    assert not module.problems
    assert [one.code for one in found.diagnostics] == ["STEP-HOLE"]


def test_a_name_means_what_it_means_where_a_declaration_stands() -> None:
    """Decorators run as they are reached; bodies are read once the whole module is known."""
    text = HEAD + (
        "Row = Buffer(f32, [D])\n@step.operator(inputs={'x': step.stream(Row, [N])}, outputs=step.stream(f32, [D, N]))\n"
        "def op(x):\n    return step.Map(fn=later).apply(step.Streamify().apply(x))\n"
        "Row = Buffer(f32, [E])\n@step.fn(f32, f32)\ndef later(x): return x\n"
    )
    (found,) = check(read(text))
    assert found.diagnostics == ()
    assert str(found.operator.input_types[0]) == "Buffer(f32, [D]), [N]"


@pytest.mark.parametrize(
    "change",
    ["experts.append(f)", "experts += [f]", "experts[0] = g", "shuffle(experts)", "for f in fs:\n    experts.append(f)",
     "if step:\n    experts = []", "del experts", "with step:\n    experts.pop()", "[experts := 3]", "experts: list = make()"],
)  # fmt: skip
def test_a_list_that_may_be_changed_is_unknown(change: str) -> None:
    text = HEAD + (
        "@step.fn(f32, f32)\ndef f(x): return x\n@step.fn(Buffer(f32, [D]), f32)\ndef g(x): return x\nexperts = [g]\n"
        f"{change}\n@step.operator(inputs={{'x': step.stream(f32, [N])}}, outputs=step.stream(f32, [N]))\n"
        "def op(x):\n    return step.Map(fn=experts[1]).apply(x)\n"
    )
    (found,) = check(read(text))
    assert found.diagnostics == ()


def test_names_inside_functions_and_classes_do_not_touch_the_modules() -> None:
    text = HEAD + (
        "def helper():\n    D = 3\n    import os as N\nclass Settings:\n    D = 3\n    def N(self): pass\n"
        "@step.operator(inputs={'x': step.stream(f32, [D])}, outputs=step.stream(f32, [N, D]))\n"
        "def op(x):\n    return step.Repeat(n=N).apply(x)\n"
    )
    (found,) = check(read(text))
    assert found.holds and found.typing.holds


def test_every_code_is_explained() -> None:
    assert all(code.startswith("STEP-") and len(explain(code)) > 40 for code in CODES)
    assert explain("STEP-NOTHING") == ""


# What runs


def _declare(action: Callable[[], Any]) -> Any:
    with choosing(Choice()) as choice:
        return action(), choice


def test_sizes_of_a_module_are_its_own() -> None:
    ours = step.dims(D=16)
    theirs = step.dims(D=3)
    assert (ours.size, theirs.size, (ours * 2).size) == (16, 3, 32)


def test_a_choice_of_sizes_is_read_by_dims_and_parameters() -> None:
    with choosing(Choice(sizes={"D": 4, "F": 9})) as choice:
        dim, fixed = step.dims(D=16), step.dim("F", 3, fixed=True)
        weights = step.parameter([fixed, dim])
        again = step.parameter([fixed, dim])
    assert dim.size == 4 and fixed.size == 3 and weights.shape == (4, 3)
    assert not (weights == again).any()
    assert not weights.flags.writeable
    assert list(choice.declared) == ["D", "F"] and choice.declared["D"].size == 16
    with choosing(Choice(sizes={"D": 4}, precision="f32")):
        single = step.parameter([fixed, step.dims(D=16)])
    assert single.dtype == "float32" and (single == weights).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: step.operator(inputs={}, outputs=step.stream(f32, [3])), "needs input streams by name and one output"),
        (lambda: step.operator(inputs={"x": step.stream(f32, [3])}, outputs=()), "one output or more"),
        (lambda: step.operator(inputs={"x": f32}, outputs=step.stream(f32, [3])), r"x must be a step.stream\(…\)"),  # type: ignore[dict-item]
        (lambda: step.parameter([3], data="gauss"), "step.parameter: data is"),
        (lambda: step.parameter([step.Dim.symbol("Q")]), "step.parameter: dimension Q has no size"),
        (lambda: step.use("jax"), 'step.use: "numpy" or "torch"'),
        (lambda: step.fn(f32, f32, array="jax"), 'step.fn: array is "numpy" or "torch"'),
        (lambda: step.fn(None, f32), "not an element type: None; write @step.fn"),
    ],
)
def test_errors_of_running_declarations_say_what_to_do(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        call()


def test_a_body_never_runs() -> None:
    @step.operator(inputs={"x": step.stream(f32, [3])}, outputs=step.stream(f32, [3]))
    def op(x: Any) -> Any:
        raise AssertionError

    with pytest.raises(TypeError, match="steplang check"):
        op(1)
    with pytest.raises(TypeError, match="steplang check"):
        step.Copy().apply(1)


def test_everything_a_body_may_name_is_exported() -> None:
    space: dict[str, Any] = {}
    exec("from step import *", space)
    assert {"Map", "Accum", "RepeatLast", "Merge", "dims", "fn", "operator", "f32"} <= space.keys()
    assert Buffer(f32, [3]) and Multihot(f32, 3)
