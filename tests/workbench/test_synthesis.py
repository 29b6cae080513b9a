"""Synthesize and Repair, with the scripted server: every way in, and every way it can end."""

from __future__ import annotations

import re
import time
from pathlib import Path

from vscode_workbench.page import Workbench
from vscode_workbench.scripted import OpenWorkbench, Scripted

HOLE = 24
"""The line of `...` in each file of the fixture workspace."""
BODY = r"return step\.Identity\(\)\.apply\(x\)"


def test_a_lens_fills_the_hole_and_saving_checks_it(bench: Workbench) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.click_lens("Synthesize")
    bench.expect_line(BODY)
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


def test_command_and_code_action_do_the_same_and_one_undo_takes_it_back(bench: Workbench) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.goto(HOLE, 5)
    bench.command("STeP: Synthesize Operator")
    bench.expect_line(BODY)
    bench.focus_editor()
    bench.press("Control+z")
    bench.expect_line(r"^    \.\.\.$")
    bench.goto(HOLE, 5)
    bench.code_action("Synthesize `plain`")
    bench.expect_line(BODY)
    bench.replace_line(HOLE, "    return step.Map(fn=wrong).apply(x)")
    bench.goto(HOLE, 5)
    bench.code_action("Repair `plain`")
    bench.expect_line(BODY)


def test_cancel_is_acknowledged_at_once(bench: Workbench, scripted: Scripted) -> None:
    bench.open_file("slow.py")
    bench.click_lens("Synthesize")
    bench.expect_notification(r"Synthesize slow.*round \d+ · 1,204 candidates · best: 2 of 3 outputs")
    bench.screenshot("progress")
    started = time.monotonic()
    bench.press_notification("Synthesize slow", "Cancel")
    bench.expect_gone("the progress notification", ".notification-toast", "Synthesize slow", 2)
    assert time.monotonic() - started < 1.5, "the notification stayed after Cancel"
    assert scripted.expect("cancelled", 2)["operator"] == "slow"
    bench.expect_line(r"^    \.\.\.$")


def test_how_it_can_end(bench: Workbench) -> None:
    bench.open_file("unsolved.py")
    bench.click_lens("Synthesize")
    bench.press_notification("No body for unsolved passed: 3.1 s .*2 of 3 outputs", "Show Best Attempt")
    bench.expect_text("the diff's tab", ".tabs-container .tab.active", "best attempt")
    bench.expect_text("the best attempt", ".editor.modified .view-line", r"Map\(fn=wrong\)")
    bench.screenshot("best-attempt")
    bench.command("STeP: Discard Proposed Body")
    bench.expect_gone("the diff", ".tabs-container .tab", "best attempt")
    bench.expect_line(r"^    \.\.\.$")

    bench.open_file("costly.py")
    bench.click_lens("Synthesize")
    pattern = r"costly verified by anthropic: 3.1 s · 1,204 candidates · 5,310 tokens · \$0.02.*2 fixes"
    bench.press_notification(pattern, "Show Fixes")
    bench.expect_text("the explanation's tab", ".tabs-container .tab.active", "Preview costly: fixes")
    explanation = bench.page.frame_locator("iframe.webview").last.frame_locator("iframe#active-frame").locator("body")
    bench.until(
        "the explanation",
        lambda: explanation.inner_text(timeout=500).count("`x` is consumed twice.".replace("`", "")) == 2,
        lambda: explanation.inner_text(timeout=500),
    )
    bench.screenshot("fixes")
    bench.expect_gone("anything to save", ".tabs-container .tab.dirty", "Untitled|fixes")

    bench.open_file("late.py")
    bench.click_lens("Synthesize")
    bench.expect_notification("It is shown as a diff: the operator, or what it uses, was edited meanwhile")
    bench.expect_text("the diff's tab", ".tabs-container .tab.active", "late: present ↔ verified body")


def test_preview_shows_a_diff_that_can_be_applied(
    open_workbench: OpenWorkbench, scripted: Scripted, workspace: Path
) -> None:
    bench = open_workbench({"step.path": str(scripted.executable), "step.applyMode": "preview"})
    bench.open_file("norm.py")
    bench.click_lens("Synthesize")
    bench.expect_text("the diff's tab", ".tabs-container .tab.active", "plain: present ↔ verified body")
    bench.expect_text("the proposed line", ".editor.modified .view-line", BODY)
    assert scripted.expect("synthesize")["applyMode"] == "preview"
    bench.screenshot("preview")
    bench.page.locator('.editor-actions .action-label[aria-label^="Apply Proposed Body"]').first.click()
    bench.expect_gone("the diff", ".tabs-container .tab", "present")
    bench.expect_line(BODY)
    bench.save()
    assert re.search(rf"def plain\(x\):\n    {BODY}\n\n", (workspace / "norm.py").read_text())
