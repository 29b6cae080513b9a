"""What a failed functional check says: the cause, the place, and what to do."""

from __future__ import annotations

import pytest
from step.diagnostic import Diagnostic
from step.simulate.verify import verify

from tests.simulate.written import OPERATOR, line_of, module_text


def told(text: str) -> Diagnostic:
    report = verify(text, "m.py", OPERATOR)
    assert report.status == "error"
    return report.diagnostics[0]


def test_a_map_that_changes_its_argument_is_shown_where_it_is_applied() -> None:
    text = module_text(function="x *= x")
    found = told(text)
    assert "writes to its argument" in found.message and found.span.line == line_of(text, "x *= x")
    (place,) = found.related
    assert place.message == "square is applied here"
    assert place.span.line == line_of(text, "step.Map(fn=square)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reference": "math.pi"}, "NameError: name 'math' is not defined: add `import math`"),
        ({"function": "math.pi"}, "NameError: name 'math' is not defined: add `import math`"),
        ({"top": "Buffer"}, "NameError: name 'Buffer' is not defined: add `from step import Buffer`"),
        ({"top": "squre = tme"}, "NameError: name 'tme' is not defined; did you mean `time`?"),
        ({"reference": "return x.sum(-1, keepdim=True)"},
         "TypeError: sum() got an unexpected keyword argument 'keepdim'; NumPy calls it `keepdims`"),
        ({"function": "return x / D"}, "'Dim': a dimension is a symbol; its size is D.size"),
        ({"function": "return x * np.sqrt(N)"}, "callable sqrt method: a dimension is a symbol; its size is N.size"),
        ({"reference": "return x.sum(-1) / (D\n        / N)"}, "'Dim': a dimension is a symbol; its size is D.size"),
        ({"top": "float(D)"}, "not 'Dim': a dimension is a symbol; its size is D.size"),
        ({"function": "return"}, "square: returned None: is `return` missing?"),
    ],
)  # fmt: skip
def test_what_to_do_is_told(change: dict[str, str], message: str) -> None:
    assert told(module_text(**change)).message.endswith(message)


def test_a_reference_that_raises_is_told_with_what_it_was_given() -> None:
    """Shapes are innermost first in STeP and outermost first in NumPy: who mixes them up sees both."""
    found = told(module_text(reference="return x @ x"))
    assert found.code == "STEP-REFERENCE"
    assert found.message.endswith("; it was given x (7, 16), outermost first")
    found = told(module_text().replace("def reference(x):", "def reference(x, y):"))
    assert found.message.endswith(
        "missing 1 required positional argument: 'y'; it was given x (7, 16), outermost first"
    )


def test_a_name_that_nothing_resembles_is_only_told() -> None:
    assert told(module_text(top="qqqqqqq")).message.endswith("NameError: name 'qqqqqqq' is not defined")


def test_a_fold_whose_state_is_taken_apart_in_its_parameters() -> None:
    text = module_text(reference="return x.sum(-1), x.sum(-1), x.sum(-1)")
    text = text.replace("f32, init=0", "(f32, f32, f32), init=(0, 0, 0)")
    text = text.replace("outputs=step.stream(f32,", "outputs=step.stream((f32, f32, f32),")
    text = text.replace("def add(total, x):", "def add(n, mean, m2, x):")
    message = told(text).message
    assert message.startswith("step.fn: add takes 4 arguments, and is called with 2: ")
    assert "the state is one tuple, the first argument: def add(state, x), with s0, s1, s2 = state" in message


def test_a_fold_without_its_state() -> None:
    message = told(module_text().replace("def add(total, x):", "def add(x):")).message
    assert message.endswith("the state comes first: def add(state, x)")


def test_an_operator_without_a_reference_has_no_place_of_one() -> None:
    found = told(module_text().replace("    reference=reference,\n", ""))
    assert found.code == "STEP-REFERENCE"
    assert [one.message for one in found.related] == [f"{OPERATOR} is declared here"]


def test_a_fold_that_lacks_its_init() -> None:
    text = module_text().replace("def square(x):", "def square(total, x):")
    message = told(text).message
    assert message.endswith("square has no init (f32 → f32): if it is a fold, give it one in @step.fn(…, init=…)")


def test_a_map_of_a_tuple_that_takes_it_as_one() -> None:
    message = told(module_text().replace("def square(x):", "def square():")).message
    assert message.endswith(": it is called with one argument a field of its element: def square(x)")
