"""Test Explorer, the graph, the experience, the walkthrough and the snippets, with the scripted server."""

from __future__ import annotations

import json
from pathlib import Path

from vscode_workbench.page import Workbench
from vscode_workbench.scripted import OpenWorkbench, Scripted

ROWS = ".test-explorer .monaco-list-row"


def test_each_operator_is_a_test(bench: Workbench) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.replace_line(24, "    return step.Map(fn=wrong).apply(x)")
    bench.save()
    bench.expect_lens("failed")
    bench.expect_gutter("failed", "passed")
    bench.screenshot("gutter")
    assert not bench.page.locator(".panel .test-output-peek, .zone-widget").count(), "a check on save opened a panel"
    bench.command("Testing: Focus on Test Explorer View")
    bench.expect_text("the file", ROWS, "norm.py")
    bench.expect_text("the other files' operators", ROWS, "slow.py")
    bench.press("Control+1")
    bench.goto(23, 6)
    bench.expect_text("the values beside the line", ".test-error-content-widget", r"1\.5 != 0\.25")
    bench.command("STeP: Run Check")
    bench.expect_lens("^failed · Run check")
    bench.command("Test: Run Test at Cursor")
    bench.expect_text("the message", ".test-output-peek-message-container", r"expected 0\.25, got 1\.5|Expected result")
    messages = ".test-output-peek-tree .monaco-list-row"
    bench.expect_text("the failed operator", messages, "plain")
    rows = [text for text in bench.texts(messages) if "differs" in text]
    assert len(rows) == 1, f"one failure, one message: {rows}"
    bench.screenshot("failure-message")
    bench.replace_line(24, "    return step.Identity().apply(x)")
    bench.expect_lens("stale")
    bench.goto(23, 6)
    bench.command("Test: Run Test at Cursor")
    bench.expect_lens("^passed · Run check")
    bench.expect_gutter("passed", "passed")


def test_graph(bench: Workbench, workspace: Path) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.goto(33, 10)
    bench.command("STeP: Show Dataflow Graph")
    graph = bench.webview("Dataflow graph")
    nodes = graph.locator(".node")

    def labels() -> list[str]:
        names = nodes.evaluate_all("all => all.map(node => node.getAttribute('aria-label'))")
        return [str(name).split(";")[0] for name in names]

    bench.until("four nodes", lambda: len(labels()) == 4, lambda: f"{labels()}")
    assert labels() == ["input x", "Identity", "Identity", "output result"]
    assert graph.locator(".type").all_text_contents() == ["f32 [D, N]"] * 3
    assert graph.locator(".node.current").count() == 1
    bench.screenshot("graph")

    # a click goes to the source
    nodes.nth(2).click()
    bench.expect_text("the cursor's line", ".statusbar-item", "Ln 34, ")
    # the graph follows the cursor, and the text
    bench.replace_line(24, "    return step.Map(fn=wrong).apply(x)")
    bench.until("the other operator", lambda: "Map fn=wrong" in labels(), lambda: f"{labels()}")
    bench.until("a failing edge", lambda: graph.locator(".edge.failing").count() == 1, lambda: "none")
    bench.replace_line(24, "    return step.Scan(fn=hang).apply(x)")
    bench.until("a non-finite edge", lambda: graph.locator(".edge.nonfinite").count() == 1, lambda: "none")
    bench.screenshot("nonfinite")

    # the keyboard walks along the streams
    nodes.first.focus()
    nodes.first.press("ArrowDown")
    focused = graph.locator(".node:focus")
    assert "Scan fn=hang" in str(focused.get_attribute("aria-label"))
    focused.press("Enter")
    bench.expect_text("the cursor's line", ".statusbar-item", "Ln 24, ")

    # export
    graph.get_by_role("button", name="Export SVG").click()
    bench.answer_dialog(str(workspace / "plain.svg"))
    bench.expect_notification("Saved plain.svg")
    svg = (workspace / "plain.svg").read_text()
    assert "Scan" in svg
    assert "f32 [D, N]" in svg
    assert "var(--" not in svg


def test_experience(bench: Workbench, scripted: Scripted, workspace: Path) -> None:
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.command("STeP: Show Experience")
    rows = ".pane-body .monaco-list-row"
    bench.expect_text("the hard stratum", rows, r"Hard\s*1 · 13 % pass")
    bench.expect_text("an experience", rows, r"bmm\s*50 % · 8 samples")
    bench.screenshot("experience")
    bench.page.locator(rows).filter(has_text="attention").first.click()
    bench.expect_text("its document", ".tabs-container .tab.active", "attention.py")
    bench.expect_line("Solved: attention")

    bench.command("STeP Experience: Show Learning Curve")
    curve = bench.webview("Learning curve")
    titles = curve.locator("h2")
    bench.until("two plots", lambda: titles.count() == 2, lambda: f"{titles.all_inner_texts()}")
    assert titles.all_inner_texts() == ["Operators solved: 3", "Pass rate: 54 % lately"]
    bench.screenshot("curve")

    row = bench.page.locator(rows).filter(has_text="bmm").first
    row.hover()
    row.locator('.action-label[aria-label^="Re-check"]').click()
    bench.expect_notification("1 no longer valid")
    bench.expect_text("its mark", rows, r"bmm.*no longer valid")
    row.hover()
    row.locator('.action-label[aria-label^="Delete"]').click()
    dialog = bench.page.locator(".monaco-dialog-box")
    bench.expect_text("the question", ".monaco-dialog-box", "Delete bmm from the experience")
    dialog.get_by_role("button", name="Delete").click()
    bench.expect_gone("the deleted one", rows, "bmm")

    bench.command("STeP Experience: Export…")
    bench.answer_dialog(str(workspace / "out.jsonl"))
    bench.expect_notification("Exported 2 experiences")
    more = {**json.loads((workspace / "out.jsonl").read_text().splitlines()[0]), "id": "xp9", "operator": "softmax"}
    (workspace / "in.jsonl").write_text(json.dumps(more) + "\n")
    bench.command("STeP Experience: Import…")
    bench.answer_dialog(str(workspace / "in.jsonl"))
    bench.expect_notification("Imported 1 experiences")
    bench.expect_text("the imported one", rows, "softmax")
    assert [event["action"] for event in scripted.events("experience") if event["action"] != "list"] == [
        "show",
        "recheck",
        "delete",
        "export",
        "import",
    ]


def test_walkthrough_sample_and_snippets(open_workbench: OpenWorkbench, scripted: Scripted, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bench = open_workbench({"step.path": str(scripted.executable)}, environment={"HOME": str(home)})
    bench.command("Welcome: Open Walkthrough...")
    bench.pick("Get started with STeP")
    bench.expect_text("the walkthrough", ".gettingStartedContainer", "Open the sample workspace.*Synthesize a body")
    media = bench.page.frame_locator(".gettingStartedContainer iframe").frame_locator("iframe#active-frame")
    bench.until(
        "the first step's text",
        lambda: "A hole is a specification" in media.locator("body").inner_text(timeout=500),
        lambda: media.locator("body").inner_text(timeout=500),
    )
    bench.screenshot("walkthrough")
    bench.page.locator(".gettingStartedContainer").get_by_role("button", name="Open Sample Workspace").click()
    bench.pick("step-sample")
    bench.until(
        "the sample's files",
        lambda: any("rms_norm.py" in text for text in bench.texts(".explorer-folders-view .monaco-list-row")),
        lambda: repr(bench.texts(".explorer-folders-view .monaco-list-row")),
        40,
    )
    sample = sorted(path.name for path in (home / "step-sample").glob("*.py"))
    assert sample == ["affine.py", "rms_norm.py", "row_sum.py"]
    bench.open_file("rms_norm.py")
    bench.expect_lens("hole")
    bench.screenshot("sample")
    bench.press("Control+End")
    bench.type("\nstep-fold")
    bench.expect_text("the snippet", ".suggest-widget .monaco-list-row", "step-fold")
    bench.press("Tab")
    bench.expect_line(r"@step\.fn\(f32, f32, init=0\)")
