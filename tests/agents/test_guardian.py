"""The guardian: mends what can be mended, explains itself, and never makes a right program wrong."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest
from step.source import read
from step_agents.benchmark import Task
from step_agents.guardian import Guarded, alternatives
from step_agents.reading import read_candidate

from tests.agents.samples import SCALE, SCALE_BODY, operator_of, solution, task_files
from tests.benchmark.solutions import PAPER
from tests.benchmark.solutions import solution as function_text
from tests.mutation.judge import Judge, Verdict
from tests.mutation.mutants import mutants


def guarded(text: str, body: str) -> list[Guarded]:
    operator, _ = operator_of(text)
    return list(alternatives(operator, body))


def without_copies(body: str) -> str:
    """A body in which every Copy is left out, as models write them."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for line in body.split("\n"):
        for name, original in names.items():
            line = re.sub(rf"\b{name}\b", original, line)
        copy = re.match(r"\s*(\w+), (\w+) = step\.Copy\(\)\.apply\((\w+)\)", line)
        if copy:
            names[copy[1]] = names[copy[2]] = copy[3]
        else:
            lines.append(line)
    return "\n".join(lines)


def test_a_body_that_checks_is_not_touched() -> None:
    (only,) = guarded(SCALE, SCALE_BODY)
    assert (only.text, only.fixes) == (SCALE_BODY, ())


def test_missing_copies_are_put_in_and_explained() -> None:
    (mended,) = guarded(SCALE, "halves = step.Map(fn=half).apply(x)\nreturn step.Map(fn=plus).apply((x, halves))")
    assert mended.text == (
        "x0, x1 = step.Copy().apply(x)\n"
        "halves = step.Map(fn=half).apply(x0)\n"
        "return step.Map(fn=plus).apply((x1, halves))"
    )
    (fix,) = mended.fixes
    assert fix.rule == "insert-copy"
    assert fix.streams == ("x",)
    assert "consumed" in fix.reason
    assert "Copy" in fix.reason
    assert (fix.before.line, fix.before.end_line) == (0, 1)
    assert (fix.after.line, fix.after.end_line) == (0, 2)


def test_ranges_of_several_fixes_name_the_lines_of_the_final_body() -> None:
    file = next(one for one in task_files() if one.stem == "layer_norm_of_scalars")
    mended = guarded(file.read_text(), without_copies(solution(file)))[0]
    lines = mended.text.split("\n")
    copies = [number for number, line in enumerate(lines) if "step.Copy()" in line]
    assert len(copies) == len(mended.fixes) == 2
    assert sorted(fix.after.line for fix in mended.fixes) == copies
    for fix in mended.fixes:
        assert fix.streams[0] in lines[fix.after.line]
        assert 0 <= fix.after.line <= fix.after.end_line < len(lines)


@pytest.mark.parametrize("file", task_files(), ids=lambda one: one.stem)
def test_every_solution_of_the_paper_survives_the_loss_of_its_copies(file: Path) -> None:
    text, body = file.read_text(), solution(file)
    operator, _ = operator_of(text)
    stripped = without_copies(body)
    found = list(alternatives(operator, stripped))
    assert found
    assert read_candidate(operator, body).program.length == found[0].reading.program.length
    assert [fix.rule for fix in found[0].fixes] == ["insert-copy"] * len(found[0].fixes)
    assert bool(found[0].fixes) == (stripped != body)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("return step.Streamify().apply(step.Bufferize(a=2).apply(x))", "right-rank"),
        ("return step.Bufferize(a=1).apply(x)", "layout"),
        (
            "a, b = step.Copy().apply(x)\nc = step.Promote(b=0).apply(b)\nreturn step.Map(fn=plus).apply((a, c))",
            "layout",
        ),
    ],
)
def test_other_rewrites_mend_too(body: str, rule: str) -> None:
    found = guarded(SCALE, body)
    assert found
    assert rule in {fix.rule for one in found for fix in one.fixes}
    assert all(one.reading.is_right for one in found)


@pytest.mark.parametrize("body", ["", "return y", "import os", "return", "x = x = x", "return step.Map(fn=half)"])
def test_what_is_no_program_has_no_alternative(body: str) -> None:
    assert guarded(SCALE, body) == []


@pytest.mark.parametrize("task", PAPER, ids=lambda task: task.id)
def test_no_mutant_is_corrupted_and_what_checks_is_left_alone(task: Task) -> None:
    judge, text = Judge(task), function_text(task)
    operator = read(task.path.read_text(encoding="utf-8")).operator(task.operator)
    assert operator is not None
    head = text[: text.index("):\n") + 3]
    mended = broken = 0
    for number, mutant in enumerate(mutants(text, judge.scope)):
        if number % 4:
            continue
        body = _body(mutant.text)
        before = judge.verdict(mutant.text)
        own = read_candidate(operator, body)
        found = list(alternatives(operator, body))
        if own.is_right:
            assert [(one.text, one.fixes) for one in found] == [(body, ())], mutant.name
            continue
        verdicts = [judge.verdict(head + textwrap.indent(one.text, "    ")) for one in found]
        assert Verdict.STATIC not in verdicts, mutant.name
        assert Verdict.AFFINE not in verdicts, mutant.name
        broken += 1
        mended += Verdict.SAME in verdicts
        if before is Verdict.AFFINE:
            assert Verdict.SAME in verdicts, mutant.name
    assert mended > 0 or broken < 8


def _body(function: str) -> str:
    first = ast.parse(function).body[0]
    assert isinstance(first, ast.FunctionDef)
    return textwrap.dedent("\n".join(function.split("\n")[first.body[0].lineno - 1 :])).strip("\n")
