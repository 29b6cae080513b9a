"""A synthesis says which function of the module failed on every input, with the words of a check."""

from __future__ import annotations

from pathlib import Path

import pytest
from step_agents.experience import ExperienceBuffer

from tests.agents.samples import SCALE
from tests.agents.test_synthesize import synthesis

DOUBLE = '@step.fn(f32, f32)\ndef double(x):\n    raise ValueError("later")\n\n\ndef reference(x)'
SPARE = SCALE.replace("def reference(x)", DOUBLE)
BROKEN = SCALE.replace("return x / 2", 'raise ValueError("later")')


def test_a_function_that_a_body_does_without_is_a_notice() -> None:
    found = synthesis(None, SPARE)
    assert found.status == "solved"
    (notice,) = found.notices
    line = SPARE[: SPARE.index('raise ValueError("later")')].count("\n") + 1
    assert notice.startswith(f"line {line}: STEP-FN-RUN: double: raised ValueError: later, on every input")
    assert notice.endswith("(f32, [D, N]); the body does without it")
    assert found.to_json()["notices"] == [notice]


def test_where_nothing_is_found_it_is_the_first_thing_told() -> None:
    found = synthesis(None, BROKEN, budget=5.0)
    assert (found.status, found.code) == ("unsolved", "STEP-FN-RUN")
    assert found.message.startswith("line 10: STEP-FN-RUN: half: raised ValueError: later, on every input")
    assert found.notices == ()


def test_functions_that_work_are_not_mentioned() -> None:
    assert synthesis(None, SCALE).notices == ()


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("import step\n", "import step\nimport qqq_missing\n", 3, "STEP-MODULE: the module cannot be imported: Module"),
        ("@step.fn(f32, f32)", "@step.fn(f32, f32, init=[0, 0])", 8, "STEP-MODULE: step.fn: init needs 1 number(s)"),
        ("return x + x / 2", "return x[0] + x / 0 + qqq", 19, "STEP-REFERENCE: the reference raised NameError"),
    ],
)
def test_a_module_that_does_not_run_is_told_and_not_what_experience_knows(
    tmp_path: Path, old: str, new: str, line: int, told: str, repair: bool
) -> None:
    """A remembered body was tried before: it is no attempt of the user's, and says nothing about what is wrong."""
    buffer = ExperienceBuffer(str(tmp_path / "experience.db"))
    assert synthesis(buffer, SCALE).status == "solved"
    text = SCALE.replace("(x): ...", "(x):\n    return step.Map(fn=half).apply(x)") if repair else SCALE
    found = synthesis(buffer, text.replace(old, new, 1), repair=repair)
    assert (found.status, found.nearest, found.code) == ("error", None, told.split(":")[0])
    assert told.split(": ", 1)[1] in found.message
    assert f"line {line}" in found.message
    assert found.seconds < 10


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "outputs=step.stream(f32, [D, N]), ",
            "",
            "line 22: STEP-DECLARATION: step.operator needs `outputs`: "
            "@step.operator(inputs={…}, outputs=…, reference=…)",
        ),
        (
            '{"x": step.stream(f32, [D, N])}',
            '{one: step.stream(f32, [D, N]) for one in "x"}',
            "one_and_a_half: what its inputs and outputs are shows only when the module runs: spell them out in the "
            'decorator, as inputs={"x": step.stream(…)}, outputs=step.stream(…)',
        ),
    ],
)
def test_a_declaration_without_types_is_told_with_what_to_write(old: str, new: str, told: str) -> None:
    found = synthesis(None, SCALE.replace(old, new, 1))
    assert (found.status, found.message) == ("error", told)
