"""`make screenshots`: the README's pictures, made again with the real server, into `docs/images/`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from vscode_workbench.chrome import launch, workbench
from vscode_workbench.code_server import CodeServer, WorkbenchError, install_extension
from vscode_workbench.extension import vsix
from vscode_workbench.install import InstallError, install_workbench
from vscode_workbench.page import Workbench
from vscode_workbench.paths import OUT, ROOT

IMAGES = ROOT / "docs" / "images"
WINDOW = (1360, 800)
SCALE = 1.5
SETTINGS: Mapping[str, Any] = {
    "workbench.colorTheme": "Default Dark Modern",
    "breadcrumbs.enabled": False,
    "editor.fontSize": 13,
    "editor.occurrencesHighlight": "off",
    "workbench.activityBar.location": "default",
}


def hole(bench: Workbench) -> None:
    """Before: the hole, with the code actions on it."""
    bench.open_file("rms_norm.py")
    bench.expect_lens("Synthesize")
    bench.press("Control+End")
    bench.goto(bench.line_number(r"^    \.\.\.$"), 8)
    bench.press("Control+.")
    bench.expect_text("the code actions", ".action-widget .monaco-list-row", "Synthesize")


def solved(bench: Workbench) -> None:
    """After: the verified body with its types, and the dataflow beside it."""
    bench.open_file("rms_norm.py")
    bench.expect_lens("Synthesize")
    bench.press("Control+End")
    bench.click_lens("Synthesize")
    bench.expect_line(r"return step\.Map\(fn=div\)", 60)
    bench.expect_notification("rms_norm verified")
    bench.save()
    bench.expect_lens("✓", 30)
    bench.command("View: Toggle Primary Side Bar Visibility")
    bench.goto(bench.line_number("fn=square"), 8)
    bench.command("STeP: Show Dataflow Graph")
    graph = bench.webview("Dataflow graph")
    bench.until("the graph", lambda: graph.locator(".node").count() > 5, lambda: "no nodes")
    bench.focus_editor()
    bench.expect_notification("rms_norm verified")


def failed(bench: Workbench) -> None:
    """A wrong body: what the check on save says, and the stream where values stop being finite."""
    bench.open_file("softmax.py")
    bench.press("Control+End")
    bench.expect_line(": f32")
    number = bench.line_number(r"step\.Map\(fn=exp_difference\)")
    bench.replace_line(number, "    odds = step.Map(fn=divide).apply(shifted)")
    bench.save()
    bench.expect_lens("✗ differs", 30)
    bench.command("View: Toggle Primary Side Bar Visibility")
    bench.goto(number, 8)
    bench.command("STeP: Show Dataflow Graph")
    graph = bench.webview("Dataflow graph")
    bench.until("the mark", lambda: graph.locator(".edge.failing").count() > 0, lambda: "no mark")
    graph.get_by_role("button", name="Fit into view").click()
    bench.focus_editor()


SHOTS: Mapping[str, Callable[[Workbench], None]] = {"hole": hole, "workbench": solved, "failed": failed}


def main() -> None:
    names = sys.argv[1:] or list(SHOTS)
    unknown = set(names) - set(SHOTS)
    if unknown:
        sys.exit(f"error: no such picture: {', '.join(sorted(unknown))}; there are {', '.join(SHOTS)}")
    try:
        install_workbench()
        for name in names:
            print(take(name), flush=True)
    except (InstallError, WorkbenchError) as error:
        sys.exit(f"error: {error}")


def take(name: str) -> Path:
    """Makes one picture, on a server and a copy of the examples of its own."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(scratch)
        folder = home / "examples"
        shutil.copytree(ROOT / "examples", folder, ignore=shutil.ignore_patterns("__pycache__", "demo.py"))
        install_extension(vsix(), home / "extensions")
        settings = {
            **SETTINGS,
            "step.path": str(Path(sys.executable).parent / "steplang"),
            "step.interpreter": sys.executable,
            "step.experience.url": f"sqlite:///{home / 'experience.db'}",
        }
        server = CodeServer(home / "server", folder, home / "extensions", settings)
        browser = launch(playwright)
        try:
            server.start()
            with workbench(browser, server, OUT / f"screenshot-{name}", WINDOW, SCALE) as bench:
                SHOTS[name](bench)
                IMAGES.mkdir(parents=True, exist_ok=True)
                target = IMAGES / f"{name}.png"
                shutil.copy(bench.screenshot(name), target)
                return target
        finally:
            server.stop()
            browser.close()


if __name__ == "__main__":
    main()
