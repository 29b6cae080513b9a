"""An operator that cannot be solved says why, in types."""

from __future__ import annotations

from tests.search.modules import HEAD, search

TAIL = """
def reference(x): return {value}

@step.operator(inputs={{"x": step.stream(f32, [D, N])}}, outputs=step.stream({output}), reference=reference)
def wanted(x): ...
"""
DIMS = "N, D, K = step.dims(N=5, D=8, K=3)\n"


def explained(functions: str, output: str, value: str, seconds: float = 5.0) -> str:
    answer = search(HEAD + DIMS + functions + TAIL.format(value=value, output=output), "wanted", seconds)
    assert answer["status"] == "unsolved"
    assert answer["body"] is None
    return str(answer["explanation"])


def test_nothing_gives_the_outputs_element() -> None:
    text = explained(
        "@step.fn(f32, f32)\ndef square(x): return x * x\n",
        "Multihot(f32, 3), [N]",
        "np.eye(3)[np.arange(N.size) % 3]",
    )
    assert "No function gives Multihot(f32, 3)" in text


def test_what_would_give_it_needs_something_else() -> None:
    text = explained(
        "@step.fn((f32, Multihot(f32, 2)), Multihot(f32, 3))\ndef choose(x, m): return np.eye(3)[0]\n",
        "Multihot(f32, 3), [N]",
        "np.eye(3)[np.arange(N.size) % 3]",
    )
    assert "Only choose gives Multihot(f32, 3)" in text
    assert "Multihot(f32, 2)" in text


def test_no_function_takes_a_state_apart() -> None:
    text = explained(
        "@step.fn(f32, (f32, f32), init=(0, 0))\ndef moments(s, x): return s[0] + x, s[1] + x * x\n",
        "f32, [N]",
        "x.sum(-1) ** 3",
    )
    assert "No function consumes (f32, f32), which moments gives" in text


def test_no_functions_at_all() -> None:
    assert "declares no functions" in explained("", "f32, [D, N]", "x * 2")


def test_reachable_but_no_value() -> None:
    text = explained("@step.fn(f32, f32)\ndef square(x): return x * x\n", "f32, [D, N]", "np.sin(x)")
    assert "is reachable, but no value matched" in text
    assert "Everything within the limits was tried" in text


def test_a_function_that_fails_is_named() -> None:
    text = explained("@step.fn(f32, f32)\ndef broken(x): return x.no_such_thing\n", "f32, [D, N]", "np.sin(x)")
    assert "broken" in text and "no_such_thing" in text


def test_a_reference_that_is_not_finite_is_the_first_thing_told() -> None:
    text = explained("@step.fn(f32, f32)\ndef square(x): return x * x\n", "f32, [D, N]", "np.log(x)")
    assert "values that are not finite" in text and "out of reach" not in text


def test_a_buffer_of_buffers_that_nothing_gives_is_told() -> None:
    function = "@step.fn({type}, f32)\ndef largest(m): return m.max()\n"
    text = explained(
        function.format(type="Buffer(Buffer(f32, [D]), [N])"), "f32, [1]", "np.sin(x).max(keepdims=True)[0]"
    )
    assert "largest takes Buffer(Buffer(f32, [D]), [N]), which no input is" in text
    assert "Declare Buffer(f32, [D, N])" in text
    text = explained(function.format(type="Buffer(f32, [D, N])"), "f32, [1]", "np.sin(x).max(keepdims=True)[0]")
    assert "which no input is" not in text
