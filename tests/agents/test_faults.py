"""A synthesis says which function of the module failed on every input, with the words of a check."""

from __future__ import annotations

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
