"""The affine rule, unused streams, declared outputs: they follow the data, not the spelling."""

from __future__ import annotations

import pytest

from tests.check.bodies import codes, say

PAIR = "(f32, f32), [D, N]"
TWO = "f32, [D, N]; f32, [D, N]"
ROUTE = "i0, i1 = step.Copy().apply(i)\nparts = step.Partition(N=E).apply((x, i0))\n"
ROUTED = "x: f32, [N]; i: Multihot(f32, E), [N]"


@pytest.mark.parametrize(
    ("body", "outputs", "texts"),
    [
        ("return step.Zip().apply((x, x))", PAIR, ["x"]),
        ("y = x\nreturn step.Zip().apply((x, y))", PAIR, ["y"]),
        ("pair = x, x\nreturn step.Zip().apply(pair)", PAIR, ["pair"]),
        ("s = [x]\nreturn step.Zip().apply((s[0], x))", PAIR, ["x"]),
        ("a = step.Map(fn=square).apply(x)\nb = step.Map(fn=negate).apply(x)\nreturn a, b", TWO, ["x"]),
        ("return x, x", TWO, ["x"]),
        ("y = step.Map(fn=square).apply(x)\nreturn y, x", TWO, ["x"]),
        ("return [step.Map(fn=f).apply(x) for f in (square, negate)]", TWO, ["x"]),
        ("x = step.Map(fn=square).apply(x)\nx = step.Map(fn=square).apply(x)\nreturn x", "f32, [D, N]", []),
        ("y = step.Map(fn=square).apply(x)\nx = y\nreturn step.Zip().apply((x, y))", PAIR, ["y"]),
        ("a, b = step.Copy().apply(x)\na = b\nreturn step.Map(fn=square).apply(a)", "f32, [D, N]", ["!a"]),
        (
            "\n\na = step.Map(fn=square).apply(x)\n\n\n\nb = step.Map(fn=negate).apply(x)\n\n# here\nreturn a, b",
            TWO,
            ["x"],
        ),
        ("return step.Map(fn=div).apply((x, x))", "f32, [D, N]", ["x"]),
        ("a, b = step.Copy().apply(x)\nc, d = step.Copy().apply(x)\nreturn a, b, c, d", f"{TWO}; {TWO}", ["x"]),
    ],
)
def test_every_use_counts_wherever_the_name_came_from(body: str, outputs: str, texts: list[str]) -> None:
    wanted = [("STEP-UNUSED", one[1:]) if one.startswith("!") else ("STEP-AFFINE", one) for one in texts]
    assert codes(body, outputs=outputs) == wanted


def test_a_list_counts_element_by_element_and_is_told_once() -> None:
    (found,) = say(
        ROUTE + "y = step.Merge(fn=add).apply((parts, i1))\nreturn y, parts[1]", ROUTED, "f32, [N]; f32, [N]"
    )[:1]
    assert found.code in ("STEP-AFFINE", "STEP-OUTPUT")
    body = ROUTE + "a, b = step.Copy().apply(i1)\ny = step.Merge(fn=add).apply((parts, a))\n"
    body += "z = step.Merge(fn=add).apply((parts, b))\nreturn y, z"
    (one,) = say(body, ROUTED, "f32, [N]; f32, [N]")
    assert (one.code, one.text) == ("STEP-AFFINE", "parts")
    assert one.message.startswith("`parts[0]`, `parts[1]`, `parts[2]` are consumed twice")


def test_an_affine_mistake_explains_itself() -> None:
    (found,) = say("a = step.Map(fn=square).apply(x)\nb = step.Map(fn=negate).apply(x)\nreturn a, b", outputs=TWO)
    assert found.message == "`x` is consumed twice: a stream is a FIFO and can be read once; use Copy to have it twice"
    assert found.related == (
        ("x", "`x` is consumed here first"),
        ("x", "`x` is made here: f32, [D, N]"),
    )
    first, made = found.diagnostic.related
    assert (first.span.line, made.span.line, found.diagnostic.span.line) == (2, 1, 3)


def test_three_uses_are_one_mistake_that_names_every_place() -> None:
    (found,) = say("return step.Map(fn=div).apply((x, x)), x", outputs=TWO)
    assert (found.code, found.text) == ("STEP-AFFINE", "x")
    assert found.message.startswith("`x` is consumed 3 times") and found.message.endswith("use Copy to have it 3 times")
    assert [words for _, words in found.related] == [
        "`x` is consumed here first",
        "and here again",
        "`x` is made here: f32, [D, N]",
    ]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("a, b = step.Copy().apply(x)\nreturn a", ["b"]),
        ("y = step.Map(fn=square).apply(x)\nreturn step.Repeat(n=D).apply(y)\n", []),
        ("step.Map(fn=square).apply(x)\nreturn other", ["step.Map"]),
        ("y = step.Copy().apply(x)\nreturn y[0]", ["step.Copy"]),
        ("return other", ["x"]),
    ],
)
def test_what_nothing_consumes_is_a_warning(body: str, texts: list[str]) -> None:
    found = [one for one in say(body) if one.code != "STEP-OUTPUT"]
    assert [(one.code, one.text, one.severity) for one in found] == [("STEP-UNUSED", one, "warning") for one in texts]


def test_an_unused_input_is_said() -> None:
    (found,) = say("return step.Map(fn=square).apply(x)", "x: f32, [D, N]; y: f32, [N]")
    assert (found.text, found.message) == ("y", "nothing consumes the input `y`: hardware would have to drain it")


def test_nothing_is_unused_while_it_is_typed() -> None:
    assert codes("y = step.Map(fn=square).apply(x)") == [("STEP-RETURN", "op")]
    assert codes("y = step.Map(fn=square).apply(x)\nreturn step.Zip().apply((y, ") == [("STEP-SYNTAX", "(y,")]


@pytest.mark.parametrize(
    ("body", "outputs", "text", "message"),
    [
        ("return x", "f32, [N, D]", "x", "the output needs f32, [N, D]; got f32, [D, N]"),
        ("return step.Bufferize(a=1).apply(x)", "f32, [D, N]", "step.Bufferize(a=1).apply(x)",
         "the output needs f32, [D, N]; got Buffer(f32, [D]), [N]; step.Streamify() makes it so"),
        ("return x, x", "f32, [D, N]", "return x, x", "op declares 1 output; 2 returned"),
        ("return x", TWO, "return x", "op declares 2 outputs; 1 returned"),
        ("return", "f32, [D, N]", "return", "op declares 1 output; none returned"),
        ("a, b = step.Copy().apply(x)\nreturn (\n    a,\n    step.Bufferize(a=1).apply(b),\n)", TWO,
         "step.Bufferize(a=1).apply(b)",
         "output 1 needs f32, [D, N]; got Buffer(f32, [D]), [N]; step.Streamify() makes it so"),
    ],
)  # fmt: skip
def test_declared_outputs(body: str, outputs: str, text: str, message: str) -> None:
    found = [one for one in say(body, outputs=outputs) if one.code not in ("STEP-AFFINE", "STEP-UNUSED")]
    assert [(one.code, one.text, one.message) for one in found] == [("STEP-OUTPUT", text, message)]
    assert found[0].diagnostic.needs and found[0].diagnostic.got


def test_one_mistake_is_said_once() -> None:
    """What depends on a mistake is unknown: a chain behind it stays quiet."""
    body = (
        "y = step.Map(fn=total).apply(x)\nz = step.Accum(fn=add, b=3).apply(y)\n"
        "w = step.Zip().apply((z, z))\nreturn step.Streamify().apply(w)"
    )
    assert codes(body) == [("STEP-TYPE", "x"), ("STEP-AFFINE", "z")]


@pytest.mark.parametrize("call", ["print(y)", "print('y', y, x, sep='')", "repr(y)"])
def test_a_call_of_pythons_own_that_is_to_be_removed_consumes_nothing(call: str) -> None:
    """One mistake, said once: without the line nothing is wrong."""
    body = f"y = step.Map(fn=square).apply(x)\n{call}\nreturn y"
    assert codes(body) == [("STEP-SUBSET", call.split("(")[0])]
    twice = f"y = step.Map(fn=square).apply(x)\n{call}\nreturn step.Map(fn=div).apply((y, y))"
    assert [code for code, _ in codes(twice)] == ["STEP-SUBSET", "STEP-AFFINE"]
