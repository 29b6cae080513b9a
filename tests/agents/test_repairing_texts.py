"""Repair of bodies that do not parse: what is cut out is what is put back, and the file holds what was verified."""

from __future__ import annotations

import asyncio

import pytest
from step.sandbox import Sandbox
from step.source import read
from step_agents import synthesize as synthesis
from step_agents.placing import misplaced, place_body, written_body
from step_agents.synthesize import Synthesis, SynthesisRequest, synthesize

from tests.server.samples import SOLVED

LINES = SOLVED[SOLVED.index("    x0, x1") :].strip("\n").split("\n")


def repaired(text: str, *, repair: bool = True) -> Synthesis:
    async def run() -> Synthesis:
        async with Sandbox() as sandbox:
            request = SynthesisRequest(text, "module.py", "rms_norm", proposer="search", repair=repair, budget=40)
            return await synthesize(request, sandbox=sandbox, environment={})

    return asyncio.run(run())


def with_line(number: int, line: str) -> str:
    """The solved module with another line in its body."""
    return SOLVED.replace(LINES[number], line, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        *(with_line(number, "\t" + LINES[number].lstrip()) for number in range(len(LINES))),
        with_line(2, "\t# my comment\n" + LINES[2]),
        with_line(0, "    # first\n    # second\n\t" + LINES[0].lstrip()),
        with_line(1, "\t# tabbed\n\t" + LINES[1].lstrip()),
    ],
)
def test_a_body_with_a_tab_is_cut_out_and_put_back_as_a_whole(wrong: str) -> None:
    operator = read(wrong).operator("rms_norm")
    assert operator is not None
    assert [one.strip() for one in written_body(operator).split("\n") if "=" in one or "return" in one] == [
        one.strip() for one in LINES
    ]
    found = place_body(wrong, operator, "\n".join(one.strip() for one in LINES))
    assert found == SOLVED or found.replace("    # first\n    # second\n", "") == SOLVED


def test_what_is_repaired_of_a_tab_is_that_line() -> None:
    found = repaired(with_line(1, "\t" + LINES[1].lstrip()))
    assert (found.status, found.program_text) == ("solved", SOLVED)


def test_a_file_that_does_not_hold_what_was_verified_is_never_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrongly(text: str, *_: object) -> str:
        return text.replace(LINES[0], f"{LINES[0]}\n{LINES[0]}")

    monkeypatch.setattr(synthesis, "place_body", wrongly)
    found = repaired(SOLVED)
    assert (found.status, found.code, found.program_text, found.diff) == ("error", "SYNTH-PLACE", None, "")
    assert "line" in found.message and "nothing was changed" in found.message


def test_what_is_in_a_file_is_compared_with_what_was_verified() -> None:
    operator = read(SOLVED).operator("rms_norm")
    assert operator is not None
    program = operator.body.program
    assert misplaced(SOLVED, "module.py", "rms_norm", program) is None
    assert "can no longer be found" in str(misplaced("", "module.py", "rms_norm", program))
    assert "STEP-" in str(misplaced(with_line(1, ""), "module.py", "rms_norm", program))
    square = with_line(1, LINES[1].replace("fn=square", "fn=mean_eps_sqrt"))
    assert "another program" in str(misplaced(square, "module.py", "rms_norm", program))


@pytest.mark.parametrize(
    "line",
    ["    return step.Map(fn=", "    return step.Map(fn=div).aply((", "    return"],
)
def test_a_body_that_does_not_parse_and_that_no_rule_mends_is_searched_as_a_whole(line: str) -> None:
    found = repaired(with_line(len(LINES) - 1, line))
    assert (found.status, found.proposer in ("search", "guardian")) == ("solved", True)
    operator = read(found.program_text or "").operator("rms_norm")
    assert operator is not None and operator.body.is_complete and not operator.problems


def test_a_wrong_declaration_is_told_and_no_body_is_called_right() -> None:
    for text in (SOLVED, SOLVED[: SOLVED.index("    x0, x1")] + "    ...\n"):
        for repair in (True, False):
            found = repaired(text.replace("def rms_norm(x)", "def rms_norm(inp)"), repair=repair)
            assert (found.status, found.code, found.program_text) == ("error", "STEP-SIGNATURE", None)
            assert "declared as `x`; got `inp`" in found.message and found.message.startswith("line ")


def without_decorator(text: str) -> str:
    lines = text.split("\n")
    del lines[next(number for number, line in enumerate(lines) if line.startswith("def square")) - 1]
    return "\n".join(lines)


def test_a_function_without_its_decorator_is_told_and_its_use_stays() -> None:
    text = without_decorator(SOLVED)
    found = repaired(text)
    assert (found.status, found.code, found.program_text) == ("error", "STEP-SUBSET", None)
    assert "`square` is a Python function without @step.fn" in found.message
    afresh = repaired(text, repair=False)
    assert "`square` is a Python function without @step.fn" in afresh.notices[0]


@pytest.mark.parametrize("slip", ["", "fn=dvi)"])
def test_a_function_that_raises_is_told_before_anything_is_replaced(slip: str) -> None:
    start = SOLVED.index("def square")
    end = SOLVED.index("\n\n", start)
    text = SOLVED[:start] + SOLVED[start:end].replace("return ", "return nump * ") + SOLVED[end:]
    found = repaired(text.replace("fn=div)", slip) if slip else text)
    assert (found.status, found.code, found.program_text) == ("error", "STEP-FN-RUN", None)
    assert "square: raised NameError" in found.message


def test_the_body_that_was_there_is_no_attempt_to_show() -> None:
    async def run(text: str) -> Synthesis:
        async with Sandbox() as sandbox:
            request = SynthesisRequest(text, "module.py", "rms_norm", proposer="openai", repair=True, budget=20)
            return await synthesize(request, sandbox=sandbox, environment={})

    found = asyncio.run(run(with_line(len(LINES) - 1, "    return step.Map(fn=")))
    assert found.status == "unsolved" and found.nearest is None
