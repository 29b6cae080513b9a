"""Bodies as data: aliases, rebinding, lists, comprehensions, what hides what, and what is no part of the language."""

from __future__ import annotations

import pytest
from step.check import check
from step.dims import Dim
from step.program import Program
from step.source import read

from tests.check.bodies import checked, codes, module_of, say

TWO = "a: f32, [D, N]; b: f32, [D, N]"
ROUTED = "x: f32, [D, N]; i: Multihot(f32, E), [N]"
SCALARS = "x: f32, [N]; i: Multihot(f32, E), [N]"


def program(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> Program:
    found = checked(body, inputs, outputs)
    assert not found.diagnostics, found.diagnostics
    return found.operator.body.program


PLAIN = program("return step.Map(fn=square).apply(x)")


@pytest.mark.parametrize(
    "body",
    [
        "y = x\nreturn step.Map(fn=square).apply(y)",
        "x = step.Map(fn=square).apply(x)\nreturn x",
        "a = b = x\nreturn step.Map(fn=square).apply(b)",
        "m = step.Map(fn=square)\nreturn m.apply(x)",
        "f = square\nreturn step.Map(f).apply(x)",
        "fs = [negate, square]\nreturn step.Map(fn=fs[1]).apply(x)",
        "fs = [negate, square]\nreturn step.Map(fn=fs[-1]).apply(x)",
        "return step.Map(fn=experts[0]).apply(x)",
        "s = [x]\nreturn step.Map(fn=square).apply(s[0])",
        "(y,) = (x,)\nreturn step.Map(fn=square).apply(y)",
        "return step.Map(fn=square).apply((x,))",
        "return [step.Map(fn=f).apply(s) for f, s in zip([square], [x])][0]",
        "return (step.Map(fn=square).apply(x),)",
        "return [step.Map(fn=square).apply(x)]",
        "y: object = step.Map(fn=square).apply(x)\nreturn y",
        '"""A docstring."""\n# a comment\nreturn step.Map(\n    fn=square,\n).apply(\n    x,\n)',
        "pass\n...\nreturn step.Map(fn=square).apply(x)",
        "square_ = square; return step.Map(fn=square_).apply(x)",
    ],
)
def test_the_spelling_does_not_matter(body: str) -> None:
    assert program(body) == PLAIN


def test_a_local_name_may_hide_a_function_or_a_dimension() -> None:
    assert program("square = negate\nreturn step.Map(fn=square).apply(x)").nodes[0].primitive.function.name == "negate"
    body = "D = step.Map(fn=square).apply(x)\nreturn step.Map(fn=negate).apply(D)"
    assert len(program(body).nodes) == 2
    body = "N = 3 * D\nreturn step.Repeat(n=N).apply(x)"
    made = program(body, "x: f32, [D]", "f32, [3*D, D]")
    assert made.nodes[0].primitive.n == 3 * Dim.symbol("D")


def test_an_input_may_hide_a_name_of_the_module() -> None:
    assert program("return step.Map(fn=negate).apply(square)", "square: f32, [D, N]").nodes[0].operands == (0,)


def test_dimensions_are_multiplied_and_divided() -> None:
    for written in ("2 * D", "D * 2", "D * COUNT", "4 * D / 2", "D * D / D * 2"):
        (node,) = program(f"return step.Repeat(n={written}).apply(x)", "x: f32, [N]", "f32, [2*D, N]").nodes
        assert node.primitive.n == 2 * Dim.symbol("D")
    for written in ("E", "3", "COUNT + 1", "len(experts)", "2 + 1", "(1, 3)[1]"):
        assert (
            program(f"return step.Repeat(n={written}).apply(x)", "x: f32, [N]", "f32, [E, N]").nodes[0].primitive.n == 3
        )


@pytest.mark.parametrize(
    "made",
    [
        "[step.Map(fn=f).apply(s) for f, s in zip(experts, parts)]",
        "[step.Map(fn=f).apply(s) for f, s in zip(experts, parts, strict=True)]",
        "list(step.Map(fn=f).apply(s) for f, s in zip(experts, parts))",
        "[step.Map(fn=experts[k]).apply(part) for k, part in enumerate(parts)]",
        "[step.Map(fn=experts[k - 1]).apply(part) for k, part in enumerate(parts, 1)]",
        "[step.Map(fn=experts[k]).apply(parts[k]) for k in range(E)]",
        "[step.Map(fn=experts[k]).apply(parts[k]) for k in range(len(parts))]",
        "[step.Map(square).apply(parts[0]), step.Map(negate).apply(parts[1]), step.Map(experts[2]).apply(parts[2])]",
        "[step.Map(fn=square).apply(parts[0])] + [step.Map(fn=f).apply(p) for f, p in zip(experts[1:], parts[1:])]",
        "[step.Map(fn=f).apply(p) for f, p in zip((square, negate, experts[2]), parts)]",
        "[*[step.Map(fn=f).apply(p) for f, p in zip(experts, parts)]]",
        "list(reversed([step.Map(fn=f).apply(p) for f, p in zip(experts, parts)]))[::-1]",
    ],
)
def test_lists_of_experts(made: str) -> None:
    body = f"i0, i1 = step.Copy().apply(i)\nparts = step.Partition(N=E).apply((x, i0))\ny = {made}\n"
    found = program(body + "return step.Merge(fn=add).apply((y, i1))", ROUTED)
    assert [str(node.primitive) for node in found.nodes] == [
        "Copy()", "Partition(N=E)", "Map(fn=square)", "Map(fn=negate)", "Map(fn=experts[2])", "Merge(fn=add)",
    ]  # fmt: skip
    assert found.nodes[-1].operands == (7, 8, 9, 3)


def test_functions_of_a_comprehension_are_called_as_they_are_reached() -> None:
    (node,) = program("return step.Map(fn=rows[2]).apply(x)", "x: Row, [N]", "Row, [N]").nodes
    assert node.primitive.function.name == "rows[2]"


def test_names_are_kept() -> None:
    found = checked(
        "a, b = step.Copy().apply(x)\nboth = a, b\nreturn step.Zip().apply(both)", outputs="(f32, f32), [D, N]"
    )
    assert found.operator.body.program.names == ("x", "a", "b", None)
    body = "i0, i1 = step.Copy().apply(i)\nparts = step.Partition(N=E).apply((x, i0))\n"
    body += "return step.Merge(fn=add).apply((parts, i1))"
    names = checked(body, SCALARS, "f32, [N]").operator.body.program.names
    assert names[4:7] == ("parts[0]", "parts[1]", "parts[2]")


@pytest.mark.parametrize(
    "body",
    [
        "return step.Map(fn=other).apply(x)",
        "y = other(x)\nreturn y",
        "return other(x)",
        "return [step.Map(fn=f).apply(s) for f, s in zip(made, [x])][0]",
        "return step.Scan(fn=other, b=1).apply(x)",
        "return step.Map(fn=square).apply(step.Map(fn=other).apply(x))",
        "return step.Repeat(n=other).apply(x)",
        "return step.Flatten(L=other).apply(x)",
        "a, b, c = other(x)\nreturn a",
        "parts = step.Partition(N=other).apply((x, other))\nreturn step.Merge(fn=add).apply((parts, other))",
        "parts = step.Partition(N=other).apply((x, other))\nreturn [step.Map(fn=square).apply(p) for p in parts][0]",
        "return [step.Map(fn=square).apply(s) for s in other(x)][0]",
        "y = other.thing(x)[0].more\nreturn y",
        "return made[0](x)",
    ],
)
def test_what_is_unknown_is_silent_with_all_that_depends_on_it(body: str) -> None:
    assert codes(body) == []


def test_an_unknown_return_may_be_any_number_of_outputs() -> None:
    assert codes("return other(x)", outputs="f32, [D, N]; f32, [N]") == []


OUTSIDE = {
    "y = Wg": "Wg",
    "y = reference(x)": "reference",
    "y = EPS": "EPS",
    "y = YES": "YES",
    "y = Row": "Row",
    "y = np": "np",
    "y = np.exp(x)": None,
    "y = step": "step",
    "y = step.parameter([D])": "step.parameter",
    "y = step.dims(Q=3)": "step.dims",
    "y = step.f32": "step.f32",
    "y = f32": "f32",
    "y = op": "op",
    "y = 1.5": "1.5",
    "y = True": "True",
    "y = 'text'": "'text'",
    "y = None": "None",
    "y = f'{x}'": "f'{x}'",
    "y = '{0.__class__}'.format(x)": None,
    "y = lambda z: z": "lambda z: z",
    "y = (z := x)": "z := x",
    "y = {1: x}": "{1: x}",
    "y = {x}": "{x}",
    "y = x if N else x": "x if N else x",
    "y = x and x": "x and x",
    "y = x < 3": "x < 3",
    "y = not x": "not x",
    "y = await x": None,
    "y = x.__class__.__bases__[0].__subclasses__()": "x.__class__",
    "y = ().__class__.__base__": "().__class__",
    "y = square.body.__globals__": "square.body",
    "y = D.size": "D.size",
    "y = x[0]": "x[0]",
    "y = x + 1": "x + 1",
    "y = x @ x": "x @ x",
    "y = D - 1": "D - 1",
    "y = square(x)": "square(x)",
    "y = open('/etc/passwd')": "open",
    "y = exec('import os')": "exec",
    "y = __import__('os').system('true')": "__import__",
    "y = getattr(x, 'a')": "getattr",
    "y = globals()": "globals",
    "y = print(x)": "print",
    "y = [i for i in range(3) if i]": "[i for i in range(3) if i]",
    "y = [i for i in range(3) for j in range(3)]": "[i for i in range(3) for j in range(3)]",
    "y = {i: i for i in range(3)}": "{i: i for i in range(3)}",
    "y = [s for s in x]": "x",
    "y = [0] * 5000": None,
    "y = 99999999999999999999999": "99999999999999999999999",
    "import os": "import os",
    "from os import system": "from os import system",
    "for y in [x]: pass": "for y in [x]: pass",
    "while True: pass": "while True: pass",
    "if x: pass": "if x: pass",
    "with x: pass": "with x: pass",
    "try: pass\nexcept: pass": "try: pass",
    "def y(): return x": "def y(): return x",
    "async def y(): return x": "async def y(): return x",
    "class Y: pass": "class Y: pass",
    "global y": "global y",
    "del x": "del x",
    "assert x": "assert x",
    "raise x": "raise x",
    "y += 1": "y += 1",
    "y: int": "y: int",
    "x.y = 3": "x.y",
    "x[0] = 3": "x[0]",
    "match x:\n    case _: pass": "match x:",
    "a, *b = [x, x]": "a, *b",
}


@pytest.mark.parametrize("statement", OUTSIDE)
def test_what_is_no_part_of_the_language_is_said_once(statement: str) -> None:
    end = "\nreturn step.Map(fn=square).apply(x)"
    found = [one for one in say(statement + end) if one.code not in ("STEP-AFFINE", "STEP-UNUSED")]
    assert [one.code for one in found] == ["STEP-SUBSET"], found
    assert len(found[0].message) < 160
    if OUTSIDE[statement] is not None:
        assert found[0].text == OUTSIDE[statement]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return step.Map(fn=skuare).apply(x)", "`skuare` is not defined; did you mean `square`?"),
        ("return Map(fn=square).apply(x)", "`Map` is not defined: write `step.Map`"),
        ("return step.Mpa(fn=square).apply(x)", "step has no `Mpa`; did you mean `Map`?"),
        ("return step.Map(fn=square).apply(y)", "`y` is not defined"),
    ],
)
def test_unknown_names(body: str, said: str) -> None:
    assert [(one.code, one.message) for one in say(body)] == [("STEP-NAME", said)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return step.zip().apply((x, x))", "step has no `zip`; did you mean `Zip`?"),
        ("return step.Reduce(fn=square).apply(x)", "did you mean `Accum`? It folds the b innermost dimensions"),
        ("return step.foldl(fn=square).apply(x)", "did you mean `Accum`?"),
        ("return step.repeat_like().apply(x)", "did you mean `RepeatRef`?"),
        ("return step.Broadcast(n=2).apply(x)", "did you mean `Repeat`?"),
        ("return step.concat().apply(x)", "step has no `concat`: streams are not joined end to end"),
        ("return step.Transpose().apply(x)", "a stream's elements keep their order"),
        ("return step.matmul().apply(x)", "declare one with @step.fn"),
        ("return Reduce(fn=square).apply(x)", "did you mean `step.Accum`?"),
    ],
)
def test_what_other_libraries_call_it(body: str, said: str) -> None:
    (found,) = (one.message for one in say(body) if one.code == "STEP-NAME")
    assert said in found


def test_after_a_star_import_a_name_may_be_anything() -> None:
    text = module_of("return step.Map(fn=skuare).apply(x)").replace(
        "from outside import", "from more import *\nfrom outside import"
    )
    (found,) = check(read(text))
    assert found.diagnostics == ()


def test_a_return_inside_a_loop_is_not_missed_besides() -> None:
    assert codes("for y in [x]:\n    return y") == [("STEP-SUBSET", "for y in [x]:")]


def test_a_body_without_a_return() -> None:
    (found,) = say("y = step.Map(fn=square).apply(x)")
    assert (found.code, found.text) == ("STEP-RETURN", "op")


def test_nothing_is_read_after_the_return() -> None:
    (found,) = say("return step.Map(fn=square).apply(x)\ny = 3\nz = 4")
    assert (found.code, found.text, found.severity) == ("STEP-SUBSET", "y = 3", "warning")


def test_identifiers_are_what_python_takes_them_for() -> None:
    """Python reads identifiers in the normal form NFKC: look-alikes of other letters stay other names."""
    assert codes("ｙ = step.Map(fn=ｓquare).apply(x)\nreturn y") == []
    assert codes("return step.Map(fn=square).apply(х)") == [("STEP-NAME", "х")]  # a Cyrillic letter


def test_columns_count_characters() -> None:
    inputs = "x: f32, [D, N]"
    assert codes('y = "𝐀é"; return step.Map(fn=skuare).apply(x)', inputs) == [
        ("STEP-SUBSET", '"𝐀é"'),
        ("STEP-NAME", "skuare"),
    ]


def test_of_functions_of_one_name_the_last_counts_as_python_has_it() -> None:
    text = module_of("return step.Map(fn=square).apply(x)", "x: Row, [N]", "Row, [N]")
    text += "\n@step.fn(Row, Row)\ndef square(x): return x\n"
    (found,) = check(read(text))
    assert found.holds and not found.diagnostics


def test_of_operators_of_one_name_both_are_checked_and_the_last_counts() -> None:
    text = (
        module_of("return x") + "\n@step.operator(inputs={'y': step.stream(f32, [N])}, outputs=step.stream(f32, [N]))\n"
    )
    text += "def op(y): return y, y\n"
    module = read(text)
    first, second = check(module)
    assert first.holds and [one.code for one in second.diagnostics] == ["STEP-OUTPUT", "STEP-AFFINE"]
    last = module.operator("op")
    assert last is not None and last.parameters[0][0] == "y"
