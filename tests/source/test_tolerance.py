"""Half-typed text: never an exception, never a false alarm beyond the operator that is edited."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from step.check import check
from step.source import read

from tests.source.texts import SOLVED, TWO, Document, picture

FRAGMENTS = (
    "(", ")", "[", "]", "{", "}", "'", '"', '"""', "'''", "\\", "#", ",", ":", "=", ".", "...", "step.", "step.Map(",
    "step.Map(fn=", ".apply(", ".apply((", "return", "return ", "    y = ", "y, z", "for", "lambda x:", "if x", "@",
    "\t", "é", "\U0001d400", "\x00", "\f", "0x", "1e999", "f'{", "async ", "\n", "\n    ", "\n        ", "\r\n", "\r",
)  # fmt: skip


def test_the_file_itself_is_right() -> None:
    _, found = Document().update(TWO)
    assert [[one.code for one in each] for each in found.values()] == [[], [], ["STEP-HOLE"]]


def test_cut_off_after_any_character_the_operators_before_the_cut_stay_quiet() -> None:
    document = Document()
    ends = {
        name: TWO.index(mark) + len(mark) for name, mark in (("first", "apply(squares)\n"), ("second", "    )\n\n"))
    }
    for cut in range(len(TWO)):
        module, found = document.update(TWO[:cut])
        codes = {key.split(":")[0]: [one.code for one in each] for key, each in found.items()}
        for name, end in ends.items():
            if cut >= end:
                assert codes[name] == [], (cut, TWO[:cut][-40:], codes)
        lines = TWO[:cut].count("\n")
        for one in (*module.problems, *(one for each in found.values() for one in each)):
            assert 0 <= one.span.line <= one.span.end_line <= lines


def test_after_a_cut_in_the_middle_the_operators_around_it_stay_quiet() -> None:
    """As if everything from a place in the first operator's body to the body's end was not typed yet."""
    document = Document()
    end = TWO.index("\n\n\nexperts")
    start = TWO.index('    """Sums')
    for cut in range(start, end):
        _, found = document.update(TWO[:cut] + TWO[end:])
        others = {key: [one.code for one in each] for key, each in found.items() if not key.startswith("first")}
        assert sorted(others.values()) == [[], ["STEP-HOLE"]], (cut, TWO[start:cut], others)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=repr)
def test_a_fragment_anywhere_in_a_body_disturbs_no_other_operator(fragment: str) -> None:
    if fragment == "\n" or "\r" in fragment:
        pytest.skip("starts a line at the margin, where it is no more the body")
    document = Document()
    start, end = TWO.index("    squares = "), TWO.index("\n\n\nexperts")
    for place in range(start + 4, end, 3):
        _, found = document.update(TWO[:place] + fragment + TWO[place:])
        others = {key: [one.code for one in each] for key, each in found.items() if not key.startswith("first")}
        assert sorted(others.values()) == [[], ["STEP-HOLE"]], (TWO[start:place] + "<" + fragment + ">", others)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOLVED), st.data())
def test_no_text_raises(text: str, data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 60)))
        text = text[:start] + "".join(data.draw(st.lists(st.sampled_from(FRAGMENTS), max_size=3))) + text[end:]
        document.update(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("\ufeff")
@example("@step.operator\ndef f(x):")
@example("\ud800")
@example("def f(x):\n  \ud800 = 1\n")
@example("import step\n@step.operator(inputs={}, outputs=())\ndef f(): return\n")
def test_no_characters_raise(text: str) -> None:
    Document().update(text)
    Document().update("import step\n" + text + "\n" + TWO + text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_reading_again_after_edits_says_what_a_fresh_reading_says(data: st.DataObject) -> None:
    document, text = Document(), TWO
    pieces = (
        *FRAGMENTS,
        *("D", "N", "16", "square", "add", "x", "first", "squares", "b=2"),
        *("Row = Buffer(f32, [N])\n", "experts.append(square)\n", "from there import *\n", "del D\n", "D = 3\n"),
        "skuare = square\n",
    )
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(text)))
        if data.draw(st.booleans()):  # at the start of a line
            start = text.rfind("\n", 0, start) + 1
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 5, 40])))
        text = text[:start] + data.draw(st.sampled_from(pieces)) + text[end:]
        assert picture(text, document) == picture(text)


@pytest.mark.parametrize("first", ["from there import *\n", "import step as st\n", "from step import Copy\n"])
def test_what_is_told_of_a_missing_import_follows_the_other_imports(first: str) -> None:
    """An import above changes what a decorator below may mean, though it binds none of the names in it."""
    document = Document()
    missing = TWO.replace("import step\n", "(import step\n", 1)
    for text in (missing, first + missing, missing, TWO):
        assert picture(text, document) == picture(text)


def test_a_name_is_undefined_once_an_import_of_everything_is_gone() -> None:
    document = Document()
    missing = TWO.replace("def square", "def (square", 1)
    for text in (missing, "from there import *\n" + missing, "(from there import *\n" + missing):
        assert picture(text, document) == picture(text)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_change_nothing(newline: str) -> None:
    assert [one.span for one in read(TWO.replace("\n", newline)).operators] == [one.span for one in read(TWO).operators]
    _, found = Document().update(TWO.replace("\n", newline))
    assert [[one.code for one in each] for each in found.values()] == [[], [], ["STEP-HOLE"]]


def test_a_byte_order_mark_changes_nothing() -> None:
    assert picture("\ufeff" + TWO) == picture(TWO)


@pytest.mark.parametrize("text", SOLVED, ids=range(len(SOLVED)))
def test_a_right_file_stays_right_with_form_feeds_tabs_and_blank_lines(text: str) -> None:
    changed = text.replace("\n@step", "\n\f\n@step").replace("    ", "\t").replace("\n\n", "\n \t\n\n")
    module, found = Document().update(changed)
    assert not module.problems and list(found.values()) == [()]


@pytest.mark.parametrize(
    "header",
    ["def reference(x)", "def reference(x:", "async def reference(x", "@cached\ndef reference(x", "class reference(x"],
)
def test_what_a_broken_header_names_is_meant_to_be_there(header: str) -> None:
    """One mistake is told once: the operator that names the function below it has none of its own."""
    text = (
        f"import step\nfrom step import f32\nN = step.dims(N=3)\n\n{header}\n    return x\n\n"
        "@step.operator(inputs={'x': step.stream(f32, [N])}, outputs=step.stream(f32, [N]), reference=reference)\n"
        "def same(x):\n    return step.Identity().apply(x)\n"
    )
    module = read(text)
    assert [one.code for one in module.problems] == ["STEP-SYNTAX"]
    assert not [one for found in check(module) for one in found.diagnostics]
