"""Bodies out of models' answers, however they are wrapped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from step_agents.answer import read_answer
from step_agents.models.base import MAX_ANSWER

from tests.agents.samples import SCALE_BODY as BODY

INDENTED = "\n".join(f"    {line}" for line in BODY.split("\n"))
FUNCTION = f"def one_and_a_half(x):\n{INDENTED}"


@pytest.mark.parametrize(
    "answer",
    [
        BODY,
        f"```python\n{BODY}\n```",
        f"```\n{BODY}\n```",
        f"~~~py\n{BODY}\n~~~",
        f"````python\n{BODY}\n````",
        f"```python\n{FUNCTION}\n```",
        f"```python\n{INDENTED}\n```",
        f"  ```python\n{INDENTED}\n  ```",
        f"Here is the body:\n\n```python\n{BODY}\n```\n\nIt copies x first, since a stream is consumed once.",
        f"Sure! The body is\n\n{BODY}\n\nI hope this helps.",
        f"```python\nimport step\n\n@step.operator(inputs={{}}, outputs=None)\n{FUNCTION}\n\nprint('done')\n```",
        f"```yaml\noperator: one_and_a_half\n```\n\n```python\n{BODY}\n```",
        f"First try:\n```python\nreturn x\n```\nBetter:\n```python\n{BODY}\n```",
        f"```python\ndef helper(y):\n    return y\n\n{FUNCTION}\n```",
        f'```python\ndef one_and_a_half(x):\n    """Docs.\n    More."""\n{INDENTED}\n```',
        f"```python\n{BODY}\n```\nThe functions used: `half`, `plus`.\n```text\nx -> copy\n```",
        f"```python\n{BODY}\n",
        BODY.replace("\n", "\r\n").replace("\r\n", "\n"),
    ],
)
def test_the_body_is_found(answer: str) -> None:
    assert read_answer(answer, "one_and_a_half").body == BODY


def test_a_function_on_one_line_or_with_a_long_header() -> None:
    assert read_answer("```python\ndef f(x): return x\n```", "f").body == "return x"
    wrapped = "```python\ndef f(\n    x: dict[str, int] = {'a': 1},\n) -> None:\n    return x\n```"
    assert read_answer(wrapped, "f").body == "return x"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "empty"),
        ("  \n\t\n", "empty"),
        ("I'm sorry, I can't do that.", "no code"),
        ("```python\n# nothing yet\n```", "no code block"),
        ("```json\n{}\n```", "no code block"),
    ],
)
def test_an_answer_without_a_body_says_so(answer: str, problem: str) -> None:
    found = read_answer(answer, "f")
    assert found.body is None
    assert problem in found.problem


def test_a_block_that_is_not_closed_is_told() -> None:
    assert read_answer(f"```python\n{BODY}", "one_and_a_half").cut
    assert not read_answer(f"```python\n{BODY}\n```", "one_and_a_half").cut


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = read_answer(text, "f")
    assert (found.body is None) == bool(found.problem)


@given(
    st.lists(
        st.sampled_from(["```", "```python", "~~~", "return x", "def f(x):", "    y = x", "prose", "", '"""']),
        max_size=30,
    )
)
def test_any_jumble_of_blocks_is_read(lines: list[str]) -> None:
    found = read_answer("\n".join(lines), "f")
    assert found.body is None or found.body.strip()


def test_no_more_is_looked_at_than_an_answer_can_hold() -> None:
    assert read_answer("a" * MAX_ANSWER * 4 + f"\n```python\n{BODY}\n```", "f").body is None
