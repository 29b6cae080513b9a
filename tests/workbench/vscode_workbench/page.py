"""The workbench as a person uses it: files, editor, commands, quick picks, notifications."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Locator

from .code_server import WorkbenchError
from .screen import POLL_MILLISECONDS, WAIT_SECONDS, Screen, plain

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator


class Workbench(Screen):
    """One page that shows one workbench."""

    # -- the workbench -----------------------------------------------------------------------------------------

    def open(self, url: str) -> None:
        """Loads the workbench."""
        self.page.goto(url)
        self.page.wait_for_selector(".monaco-workbench", timeout=60_000)
        self.until(
            "the explorer's files",
            lambda: self.page.locator(".explorer-folders-view .monaco-list-row").count() > 0,
            lambda: self.page.locator("body").inner_text()[:800],
            60,
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def open_file(self, name: str) -> None:
        """Opens a file by a double click in the explorer."""
        row = self.page.locator(f'.explorer-folders-view .monaco-list-row[aria-label^="{name}"]').first
        row.dblclick()
        self.expect_text(f"a tab {name}", ".tabs-container .tab.active", re.escape(name))
        self.until("the editor's lines", lambda: self.page.locator(".view-line").count() > 0, lambda: "no line")

    def command(self, title: str) -> None:
        """Runs a command from the palette."""
        box = self.page.locator(".quick-input-widget .quick-input-filter input")

        def opened() -> bool:
            if not box.is_visible():
                self.press("F1")  # again, where the first one came while something else took the focus
                self.page.wait_for_timeout(2 * POLL_MILLISECONDS)
            return box.is_visible()

        self.until("the command palette", opened, lambda: "no palette")
        box.fill(f">{title}")

        def look() -> bool:
            rows = self.texts(".quick-input-list .monaco-list-row .label-name")
            return bool(rows) and rows[0].endswith(title)

        self.until(f"the command {title!r}", look, lambda: repr(self.texts(".quick-input-list .monaco-list-row")))

        def taken() -> bool:
            if box.is_visible() and box.input_value(timeout=500) == f">{title}":
                self.press("Enter")  # again, where the list was being filled under the first one
                self.page.wait_for_timeout(4 * POLL_MILLISECONDS)
            return not box.is_visible() or box.input_value(timeout=500) != f">{title}"

        self.until(f"the palette to take {title!r}", taken, lambda: repr(box.input_value(timeout=500)))

    def pick(self, pattern: str) -> None:
        """Chooses a row of the quick pick that is open."""
        selector = ".quick-input-list .monaco-list-row"
        self.expect_text("a row of the quick pick", selector, pattern)
        rows = self.page.locator(selector).filter(has_text=re.compile(pattern))
        rows.first.click()

    def answer(self, title: str, text: str) -> None:
        """Types into the input box of this title, and accepts."""
        self.expect_text("an input box", ".quick-input-title", title)
        box = self.page.locator(".quick-input-widget .quick-input-box input:visible").first
        box.wait_for(state="visible")
        box.fill(text)
        self.press("Enter")

    def answer_dialog(self, path: str) -> None:
        """Types a path into the file dialog that is open, and accepts."""
        box = self.page.locator(".quick-input-widget input.input:visible").first
        # The dialog writes the folder it starts in a moment after it opened.
        busy = self.page.locator(".quick-input-widget .monaco-progress-container.active")

        def own_path() -> bool:
            return box.input_value(timeout=1000) != "" and busy.count() == 0

        def typed_path() -> bool:
            if box.input_value(timeout=1000) != path:
                box.fill(path)  # the dialog wrote its own once more
                return False
            return busy.count() == 0

        self.until("the dialog's own path", own_path, lambda: box.input_value(timeout=1000))
        box.fill(path)
        self.until("the path that was typed", typed_path, lambda: box.input_value(timeout=1000))
        self.press("Enter")

    # -- the editor --------------------------------------------------------------------------------------------

    @property
    def editor(self) -> Locator:
        return self.page.locator(".editor-group-container.active .editor-instance .monaco-editor").first

    def lines(self) -> list[str]:
        """The lines on screen, top to bottom, inlay hints included."""
        rows = self.page.locator(".editor-instance .monaco-editor .view-line")
        found = rows.evaluate_all("rows => rows.map(r => [parseFloat(r.style.top), r.textContent])")
        return [plain(text) for _, text in sorted(found)]

    def expect_line(self, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        def look() -> str | None:
            return next((line for line in self.lines() if re.search(pattern, line)), None)

        return self.until(f"a line /{pattern}/ in the editor", look, lambda: "\n" + "\n".join(self.lines()), seconds)

    def line_number(self, pattern: str) -> int:
        """The number of the first line on screen that matches, from 1."""

        def look() -> int:
            return next((number for number, text in self.numbered() if number and re.search(pattern, text)), 0)

        return self.until(f"a numbered line /{pattern}/", look, lambda: repr(self.numbered()))

    def numbered(self) -> list[tuple[int, str]]:
        """The lines on screen with their numbers; 0 where the number is not drawn yet."""
        rows = self.editor.evaluate(
            """editor => {
                const top = element => Math.round(element.getBoundingClientRect().top);
                const numbers = [...editor.querySelectorAll(".line-numbers")].map(e => [top(e), e.textContent]);
                return [...editor.querySelectorAll(".view-line")].map(e => [
                    Number(new Map(numbers).get(top(e)) ?? 0), e.textContent
                ]);
            }"""
        )
        return [(int(number), plain(text)) for number, text in sorted(rows)]

    def goto(self, line: int, column: int = 1) -> None:
        """Puts the cursor somewhere; both count from 1."""
        self.focus_editor()
        self.press("Control+g")
        box = self.page.locator(".quick-input-widget .quick-input-filter input")
        box.wait_for(state="visible")
        box.fill(f":{line}:{column}")
        self.press("Enter")
        box.wait_for(state="hidden")

    def focus_editor(self) -> None:
        self.press("Control+1")

    def replace_line(self, line: int, text: str) -> None:
        """Types over a whole line, as a person would."""
        self.goto(line)
        self.press("Home", "Home", "Shift+End")
        self.page.keyboard.insert_text(text)

    def save(self) -> None:
        self.press("Control+s")
        self.expect_gone("the tab's unsaved mark", ".tabs-container .tab.active.dirty")

    def lenses(self) -> list[str]:
        return self.texts(".codelens-decoration")

    def expect_lens(self, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        return self.expect_text("a lens", ".codelens-decoration", pattern, seconds)

    def click_lens(self, title: str) -> None:
        link = self.page.locator(".codelens-decoration a").filter(has_text=re.compile(title)).first
        self.until(f"a lens {title!r}", lambda: link.is_visible(), lambda: repr(self.lenses()))
        link.click()

    def gutter(self) -> list[str]:
        """The states of the tests in the editor's gutter, top to bottom."""
        marks = self.page.locator(".glyph-margin-widgets .testing-run-glyph")
        classes = marks.evaluate_all("all => all.map(e => [e.getBoundingClientRect().top, e.className])")
        state = re.compile(r"codicon-testing-([\w-]+?)-icon|codicon-(loading|testing-\w+)")
        found = [state.search(name) for _, name in sorted(classes)]
        return [next(part for part in one.groups() if part) for one in found if one]

    def expect_gutter(self, *states: str) -> None:
        self.until(f"the gutter {states}", lambda: self.gutter() == list(states), lambda: f"{self.gutter()}")

    def code_action(self, pattern: str) -> None:
        """Opens the quick fixes at the cursor and takes one."""
        selector = ".action-widget .monaco-list-row"
        for patience in (8.0, 8.0, WAIT_SECONDS):  # asked before the server knew the text, VS Code shows nothing
            self.press("Control+.")
            try:
                self.expect_text("a code action", selector, pattern, patience)
                break
            except WorkbenchError:
                if patience == WAIT_SECONDS:
                    raise
        for _ in range(20):
            focused = self.texts(".action-widget .monaco-list-row.focused")
            if focused and re.search(pattern, focused[0]):
                self.press("Enter")
                return
            self.press("ArrowDown")
        raise WorkbenchError(f"no code action /{pattern}/ could be focused among {self.texts(selector)}")

    # -- what the workbench says -------------------------------------------------------------------------------

    def expect_notification(self, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        return self.expect_text("a notification", ".notification-toast .notification-list-item", pattern, seconds)

    def press_notification(self, pattern: str, button: str) -> None:
        """Presses a button of a notification."""
        self.expect_notification(pattern)
        toast = self.page.locator(".notification-toast").filter(has_text=re.compile(pattern)).first
        toast.hover()
        found = toast.locator(".monaco-button, .action-label").filter(has_text=re.compile(f"^{re.escape(button)}$"))
        self.until(f"a button {button!r}", lambda: found.count() > 0, lambda: toast.inner_text())
        found.first.click()

    def problems(self) -> list[str]:
        """The rows of the Problems panel."""
        if not self.page.locator(".markers-panel").is_visible():
            self.press("Control+Shift+m")
            self.page.locator(".markers-panel").wait_for(state="visible")
        return self.texts(".markers-panel .monaco-list-row")

    def expect_squiggle(self, seconds: float = WAIT_SECONDS) -> None:
        squiggles = self.page.locator(".squiggly-error")
        self.until("a red squiggle", lambda: squiggles.count() > 0, lambda: f"problems: {self.problems()}", seconds)

    def expect_no_squiggle(self, seconds: float = WAIT_SECONDS) -> None:
        squiggles = self.page.locator(".squiggly-error")
        self.until("no red squiggle", lambda: squiggles.count() == 0, lambda: f"problems: {self.problems()}", seconds)

    def language_status(self) -> list[str]:
        """The entries behind the `{}` in the status bar."""
        self.page.mouse.move(5, 5)
        self.page.locator("#status\\.languageStatus").hover(timeout=2000)
        self.page.locator(".hover-language-status").first.wait_for(state="visible", timeout=2000)
        found = self.texts(".hover-language-status > .element")
        self.page.mouse.move(5, 5)
        return found

    def expect_language_status(self, pattern: str, seconds: float = WAIT_SECONDS) -> str:
        last: list[str] = []

        def look() -> str | None:
            last[:] = self.language_status()
            return next((text for text in last if re.search(pattern, text, re.S)), None)

        return self.until(f"a language status /{pattern}/", look, lambda: repr(last), seconds)

    def webview(self, title: str) -> FrameLocator:
        """The inside of a webview whose page has the title."""

        def look() -> FrameLocator | None:
            for number in range(self.page.locator("iframe.webview").count()):
                inner = self.page.frame_locator("iframe.webview").nth(number).frame_locator("iframe#active-frame")
                if inner.locator("title").first.text_content(timeout=500) == title:
                    return inner
            return None

        def seen() -> str:
            return f"{self.page.locator('iframe.webview').count()} webviews"

        return self.until(f"a page {title!r}", look, seen)
