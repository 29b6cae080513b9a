"""Declarations that would silently count for nothing: a missing `import step`, operators that stand too deep."""

from __future__ import annotations

import textwrap

import pytest
from step.check import check_operator
from step.check.echoes import without_echoes
from step.diagnostic import Diagnostic, Span
from step.source import ModuleReader, read

OPERATOR = """\
@step.operator(inputs={"x": step.stream(f32, [4])}, outputs=step.stream(f32, [4]))
def op(x):
    return x
"""
WITHOUT = "from step import f32\n\n" + OPERATOR
WHOLE = "import step\n" + WITHOUT


def test_a_forgotten_import_is_said_at_the_decorator_once_and_the_rest_is_read() -> None:
    module = read(WITHOUT + "\n" + OPERATOR.replace("def op", "def other"))
    (found,) = module.problems
    assert (found.code, found.severity, found.span) == ("STEP-NAME", "error", Span(2, 1, 2, 5))
    assert found.message == "`step` is not defined: add `import step`"
    assert module.imports_step and [one.name for one in module.operators] == ["op", "other"]
    assert all(one.specification is not None for one in module.operators)


@pytest.mark.parametrize("text", [OPERATOR, "@step.fn(1, 2)\ndef f(x): ...\n", "@step.fn\ndef f(x): ...\n"])
def test_it_is_said_of_files_that_import_nothing_too(text: str) -> None:
    assert read(text).problems[0].message == "`step` is not defined: add `import step`"


def test_the_name_under_which_step_is_imported_is_told() -> None:
    (found,) = read("import step as s\n" + WITHOUT).problems
    assert found.message == "`step` is not defined: write `s.operator`, or add `import step`"


@pytest.mark.parametrize("binding", ["step = 3", "step = 'a'", "def step(): ..."])
def test_another_thing_called_step_is_told(binding: str) -> None:
    (found,) = read(f"import step\nfrom step import f32\n{binding}\n{OPERATOR}").problems
    assert (found.code, found.span.line) == ("STEP-NAME", 3)
    assert found.message.startswith("`step` is not the package here")


@pytest.mark.parametrize(
    "text",
    [
        "from tracing import step\n@step.operator\ndef f(): ...\n",
        "from everything import *\n@step.fn(1, 2)\ndef f(): ...\n",
        "class step:\n    fn = staticmethod(print)\n@step.fn\ndef f(): ...\n",
        "def step(f): return f\n@step\ndef f(): ...\n@step.operator\ndef g(): ...\n",
        "@operator\ndef f(): ...\n@app.operator()\ndef g(): ...\n@pl.step.fn\ndef h(): ...\n",
        "class A:\n    @app.operator()\n    def g(self): ...\n",
        WHOLE,
        "try:\n    import step\nexcept ImportError:\n    step = None\nfrom step import f32\n" + OPERATOR,
    ],
)
def test_files_that_have_nothing_to_do_with_step_are_left_alone(text: str) -> None:
    assert read(text).problems == ()


@pytest.mark.parametrize(
    ("around", "where"),
    [
        ("def make():", "in the function make"),
        ("class Ops:", "in the class Ops"),
        ("class A:\n  class B:", "in the class A"),
        ("for i in range(2):", "in a loop"),
        ("while True:", "in a loop"),
    ],
)
def test_an_operator_that_stands_too_deep_is_warned_of(around: str, where: str) -> None:
    module = read("import step\nfrom step import f32\n" + around + "\n" + textwrap.indent(OPERATOR, "    "))
    (found,) = module.problems
    assert (found.code, found.severity) == ("STEP-DECLARATION", "warning")
    assert found.message.startswith(f"the operator op stands {where}, where it is not seen")
    assert "move it to the module's top level" in found.message and not module.operators


def test_an_edit_of_the_import_makes_both_new() -> None:
    inside = "def make():\n" + textwrap.indent(OPERATOR, "    ")
    reader = ModuleReader()
    for text in (WITHOUT + inside, WHOLE + inside, WITHOUT + inside, "step = 3\n" + WITHOUT + inside, WHOLE + inside):
        assert reader.read(text).problems == read(text).problems != ()


def test_what_running_a_module_says_again_is_left_out() -> None:
    def at(line: int, code: str, message: str = "m", severity: str = "error") -> Diagnostic:
        return Diagnostic(code, message, Span(line, 0, line, 9), severity)  # type: ignore[arg-type]

    module = at(4, "STEP-MODULE", "raised")
    assert without_echoes([at(4, "STEP-DECLARATION")], [module]) == ()
    assert without_echoes([at(3, "STEP-DECLARATION")], [module]) == (module,)
    assert without_echoes([at(3, "STEP-DECLARATION", "raised")], [module]) == ()
    assert without_echoes([at(4, "STEP-DECLARATION", severity="warning")], [module]) == (module,)
    assert without_echoes([at(9, "STEP-NAME", "`step` is not defined: add `import step`")], [module]) == ()
    assert without_echoes([at(9, "STEP-SYNTAX")], [at(1, "STEP-SYNTAX"), module]) == (module,)
    assert without_echoes([at(4, "STEP-NAME")], [at(4, "STEP-VALUE")]) == (at(4, "STEP-VALUE"),)


def test_a_second_operator_of_one_name_is_an_error_at_the_second() -> None:
    (found,) = read(WHOLE + "\n" + OPERATOR).problems
    assert (found.code, found.severity, found.span) == ("STEP-DECLARATION", "error", Span(8, 4, 8, 6))
    assert "hides the one in line 5" in found.message
    assert [one.span for one in found.related] == [Span(4, 4, 4, 6)]


def test_branches_may_share_a_name() -> None:
    inside = textwrap.indent(OPERATOR, "    ")
    assert read(f"import step\nfrom step import f32\nif f32:\n{inside}else:\n{inside}").problems == ()


def test_the_second_is_told_after_an_edit_too() -> None:
    reader = ModuleReader()
    for text in (WHOLE, WHOLE + "\n" + OPERATOR, WHOLE + "\n\n" + OPERATOR, WHOLE + OPERATOR.replace("op(", "of(")):
        assert reader.read(text).problems == read(text).problems


def test_a_line_that_is_indented_wrongly_still_binds_its_name() -> None:
    body = "    y = step.Copy().apply(x)\n\tz = y\n    return z\n"
    (operator,) = read(WHOLE.replace("    return x\n", body)).operators
    assert [one.code for one in check_operator(operator).diagnostics if one.severity == "error"] == ["STEP-SYNTAX"]


def test_a_body_that_only_raises_is_told_to_be_a_hole() -> None:
    (operator,) = read(WHOLE.replace("return x", "raise NotImplementedError")).operators
    (found,) = (one for one in check_operator(operator).diagnostics if one.severity == "error")
    assert found.code == "STEP-SUBSET" and found.message.endswith("is `...`")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('step.dims("D", "N")', "step.dims takes 0 positional arguments but 2 were given: write D, N = step.dims("),
        ("step.stream(f32)", "step.stream missing 1 required positional argument: 'dims': write step.stream(f32, [D"),
        ("step.Buffer(f32)", "step.Buffer missing 1 required positional argument: 'dims': write step.Buffer(f32, ["),
        ("step.dims(D='a')", "dimension D: the size must be a whole number from 0; got 'a'"),
    ],
)
def test_declarations_are_called_by_their_public_names(call: str, message: str) -> None:
    (found,) = read(f"import step\nfrom step import f32\nx = {call}\n").problems
    assert found.message.startswith(message) and "_d" not in found.message


def test_a_reference_that_is_not_defined_is_told_without_running() -> None:
    text = WHOLE.replace("[4]))\n", "[4]), reference=reff)\n")
    assert "reff" in text
    (found,) = read(text).operators[0].problems
    assert (found.code, found.message) == ("STEP-NAME", "`reff` is not defined")
    reader = ModuleReader()
    for defined in ("", "def ref(x): ...\n", "def reff(x): ...\n", "def ref2(x): ...\n", "from m import *\n"):
        version = text.replace("@step", f"{defined}@step")
        assert reader.read(version).operators[0].problems == read(version).operators[0].problems
    (found,) = read(text.replace("@step", "def ref(x): ...\n@step")).operators[0].problems
    assert found.message == "`reff` is not defined; did you mean `ref`?"
    for defined in ("def reff(x): ...\n", "from m import *\n", "from m import reff\n"):
        assert read(text.replace("@step", f"{defined}@step")).operators[0].problems == ()
    assert read(text.replace("reff", "abs")).operators[0].problems == ()
