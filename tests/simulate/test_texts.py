"""Files as editors write them: form feeds, line ends and byte order marks do not keep a check from running."""

from __future__ import annotations

import pytest
from step.simulate.verify import verify

from tests.benchmark.solutions import PAPER, solved

TASK = PAPER.tasks[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n\n@step.fn", "\n\f\n@step.fn"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("    ", "\t"),
        lambda text: text.replace('"""', '"""\u2028\x85', 1),
    ],
    ids=["form feeds", "CRLF", "CR", "byte order mark", "tabs", "separators"],
)
def test_a_check_runs_whatever_the_file_is_written_like(change: object) -> None:
    report = verify(change(solved(TASK)), str(TASK.path), TASK.operator)  # type: ignore[operator]
    assert report.ok, report.message
