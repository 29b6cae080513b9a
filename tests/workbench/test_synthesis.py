"""Synthesize and Repair, with the scripted server."""

from __future__ import annotations

import re

from conftest import Scripted
from vscode_workbench.page import Workbench

HOLE = 25
"""The line of `...` in each fixture file."""


def test_lens_fills_the_hole_and_saving_checks_it(bench: Workbench) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.click_lens("Synthesize")
    bench.expect_line(r"return step\.Identity\(\)\.apply\(x\)")
    bench.expect_notification("plain verified by search: 3.1 s · 1,204 candidates")
    bench.save()
    bench.expect_lens("passed")
    bench.screenshot("passed")
    bench.replace_line(HOLE, "    return step.Map(fn=wrong, b=2).apply(x)")
    bench.expect_squiggle()
    bench.expect_lens("stale")
    bench.save()
    bench.expect_lens("failed")
    assert any(re.search("differs at", row) for row in bench.problems()), bench.problems()
