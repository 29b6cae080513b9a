"""The pages of the extension for people who use a keyboard, a screen reader, large contrast or no motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from vscode_workbench.page import Workbench
from vscode_workbench.paths import EXTENSION
from vscode_workbench.scripted import OpenWorkbench, Scripted

if TYPE_CHECKING:
    from playwright.sync_api import Frame, FrameLocator

AXE = EXTENSION / "node_modules" / "axe-core" / "axe.min.js"
THEMES = {
    "Light Modern": "vs",
    "Dark Modern": "vs-dark",
    "Dark High Contrast": "hc-black",
    "Light High Contrast": "hc-light",
}
"""Each theme, and the class that the workbench has with it."""

AGAIN = {
    "type": "graph",
    "file": "norm.py",
    "graph": {
        "operator": "plain",
        "nodes": [
            {"id": "x", "kind": "input", "label": "x", "detail": "", "range": None},
            {"id": "n0", "kind": "primitive", "label": "Map", "detail": "fn=other", "range": None},
        ],
        "edges": [{"id": "e0", "source": "x", "target": "n0", "label": "f32 [D, N]", "state": "ok"}],
        "version": None,
    },
}
"""What the extension tells the page when the text has changed."""


@pytest.fixture
def page(open_workbench: OpenWorkbench, scripted: Scripted) -> Workbench:
    """A workbench whose file has an operator with a stream that is marked."""
    bench = open_workbench({"step.path": str(scripted.executable)})
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    bench.replace_line(24, "    return step.Map(fn=wrong).apply(x)")
    return bench


def set_theme(bench: Workbench, theme: str) -> None:
    bench.press("Control+k", "Control+t")  # Preferences: Color Theme
    bench.expect_text("the themes", ".quick-input-list .monaco-list-row", "Modern")
    bench.type(theme)  # the list holds only the rows in view
    bench.expect_text("the theme", ".quick-input-list .monaco-list-row.focused", f"^{theme}")
    bench.press("Enter")
    workbench = bench.page.locator(".monaco-workbench")

    def classes() -> str:
        return str(workbench.get_attribute("class"))

    bench.until(f"the theme {theme}", lambda: THEMES[theme] in classes().split(), classes)


def frame_of(page: FrameLocator) -> Frame:
    handle = page.locator("html").element_handle()
    frame = handle.owner_frame()
    assert frame is not None
    return frame


def violations(frame: Frame) -> list[str]:
    """What axe-core finds by the rules of WCAG 2.2 A and AA and by good practice."""
    found: list[dict[str, Any]] = frame.evaluate("async () => (await axe.run(document)).violations")
    return [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


def test_the_pages(page: Workbench) -> None:
    """One workbench shows both, side by side: starting one takes longer than looking at it."""
    page.goto(24, 10)
    page.command("STeP: Show Dataflow Graph")
    graph = page.webview("Dataflow graph")
    nodes = graph.locator(".node")
    page.until("the nodes", lambda: nodes.count() == 3, lambda: f"{nodes.count()} nodes")
    page.focus_editor()
    page.command("STeP Experience: Show Learning Curve")
    curve = page.webview("Learning curve")
    dots = curve.locator(".dot")
    page.until("the experiences", lambda: dots.count() == 3, lambda: f"{dots.count()} dots")
    frames = {"graph": frame_of(graph), "curve": frame_of(curve)}
    for frame in frames.values():
        frame.evaluate(AXE.read_text())
    for theme in THEMES:
        set_theme(page, theme)
        page.screenshot(theme.lower().replace(" ", "-"))
        for name, frame in frames.items():
            found = violations(frame)
            assert not found, "\n".join([f"{name}, {theme}", *found])
    walk_the_graph(page, graph, frames["graph"])
    walk_the_curve(page, curve)


def walk_the_graph(page: Workbench, graph: FrameLocator, frame: Frame) -> None:
    nodes = graph.locator(".node")
    # What is wrong is said in words, too, and leads to its place.
    problem = graph.get_by_role("list", name="Streams with a problem").get_by_role("button")
    assert problem.all_inner_texts() == ["⚠ f32 [D, N] from x to Map: fails the check"]
    problem.click()
    focused = graph.locator(":focus")
    assert str(focused.get_attribute("aria-label")).startswith("input x; gives f32 [D, N], fails the check")
    # One tab stop for the drawing, and the buttons before it; arrow keys, Home and End do the rest.
    stops = graph.locator("button, [tabindex='0']")
    assert stops.evaluate_all("all => all.map(e => e.tagName.toLowerCase())") == ["button"] * 5 + ["g"]
    focused.press("End")
    assert str(focused.get_attribute("aria-label")).startswith("output result")
    assert focused.get_attribute("aria-current") == "true"
    focused.press("ArrowUp")
    assert str(focused.get_attribute("aria-label")).startswith("Map fn=wrong")
    # A graph that comes anew while somebody walks in it keeps the place.
    old = focused.element_handle()
    frame.evaluate("message => window.postMessage(message)", {**AGAIN, "selected": None})
    page.until("the new drawing", lambda: not old.evaluate("e => e.isConnected"), lambda: "the old one")
    page.until("the place", lambda: focused.count() == 1, lambda: "the focus is nowhere")
    assert str(focused.get_attribute("aria-label")).startswith("Map fn=other")
    # Nothing moves, for whoever asked for that, and the system's own colours reach the drawing.
    page.page.emulate_media(reduced_motion="reduce", forced_colors="active")
    style = "all => all.map(getComputedStyle).map(s => [s.transitionDuration, s.animationName, s.stroke])"
    found = nodes.locator("rect").evaluate_all(style)
    assert {(duration, name) for duration, name, _ in found} == {("0s", "none")}
    text = frame.evaluate(
        "() => { const e = document.body.appendChild(document.createElement('i')); e.style.color = 'CanvasText';"
        " const found = getComputedStyle(e).color; e.remove(); return found; }"
    )
    assert frame.evaluate("() => matchMedia('(forced-colors: active)').matches"), "not forced"
    assert text in [stroke for *_, stroke in found], (text, found)
    page.screenshot("forced-colors")
    page.page.emulate_media(reduced_motion="null", forced_colors="null")


def walk_the_curve(page: Workbench, curve: FrameLocator) -> None:
    assert curve.locator(".dot[tabindex='0']").count() == 1
    curve.locator(".dot").last.focus()
    focused = curve.locator(":focus")
    focused.press("ArrowLeft")
    assert focused.get_attribute("aria-label") == "bmm, mixed: 50 %"
    focused.press("Home")
    assert focused.get_attribute("aria-label") == "rms_norm, easy: 100 %"
    focused.press("Enter")
    page.expect_text("its document", ".tabs-container .tab.active", "rms_norm.py")
