"""Random edits for a long time: no exception, nothing left over, and in the end what a fresh server says.

`STEP_SOAK_EDITS` sets how many edits are made (20,000 by default).
"""

from __future__ import annotations

import gc
import os
import random
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.server.inside import Inside, position
from tests.server.samples import HOLE, SOLVED, TWICE, many

EDITS = int(os.environ.get("STEP_SOAK_EDITS", "20000"))
BURST, STEPS, EXAMPLES = 50, 40, 50
FRAGMENTS = (
    "(", ")", "[", "]", '"""', "'", '"', "\\", "#", ",", ":", "=", ".", "x", "x0", "D", "step.", "step.Map(fn=",
    ".apply(", "return ", "\n", "\n    ", "\r\n", "\t", "é", "𝔻", "…", "\n@step.operator(\n", "def f(x):\n",
    "import step\n",
    "    y = step.Copy().apply(x)\n", "    ...\n", "@", "lambda", "\f", "\u2028", "0",
)  # fmt: skip
ASKED = (
    "hover", "completion", "inlayHint", "codeLens", "documentSymbol", "codeAction", "semanticTokens/full",
    "foldingRange", "definition", "references", "documentHighlight", "signatureHelp",
    "prepareCallHierarchy", "prepareRename",
)  # fmt: skip


class Totals:
    """What all examples together did."""

    edits = 0
    requests = 0
    memory: list[int] = []  # noqa: RUF012


class Soak(RuleBasedStateMachine):
    """An editor that types nonsense into two documents."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = Inside(hurry=True)
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

    @initialize()
    def open_two(self) -> None:
        for name, text in (("a", SOLVED), ("b", many(3) + HOLE.split("reference=reference,\n)\n")[0])):
            self.open(name, text)

    def open(self, name: str, text: str) -> None:
        uri = f"file:///w/{name}.py"
        self.texts[uri], self.versions[uri] = text, 1
        self.inside.tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
        )

    @rule(chance=st.integers(0, 2**32), which=st.integers(0, 1))
    def type_something(self, chance: int, which: int) -> None:
        generator = random.Random(chance)
        uri = sorted(self.texts)[which]
        for _ in range(BURST):
            text = self.texts[uri]
            start = generator.randrange(len(text) + 1)
            end = min(start + generator.choice((0, 0, 0, 1, 2, 8, 40)), len(text))
            new = generator.choice(FRAGMENTS) if generator.random() < 0.8 else ""
            if "\r" in (text[start - 1 : start], text[end - 1 : end]):
                continue  # a client cannot edit between the two characters of a line end
            place = {"start": position(text, start), "end": position(text, end)}
            self.texts[uri] = text[:start] + new + text[end:]
            self.versions[uri] += 1
            self.inside.tell(
                "textDocument/didChange",
                {
                    "textDocument": {"uri": uri, "version": self.versions[uri]},
                    "contentChanges": [{"range": place, "text": new}],
                },
            )
            Totals.edits += 1
            if generator.random() < 0.1:
                self.pull(self.inside, uri)

    @rule(which=st.integers(0, 1), text=st.sampled_from((SOLVED, TWICE, many(2))))
    def start_again(self, which: int, text: str) -> None:
        uri = sorted(self.texts)[which]
        self.inside.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.open(uri[10:-3], text)

    @rule(chance=st.integers(0, 2**32), what=st.sampled_from(ASKED), which=st.integers(0, 1))
    def ask(self, chance: int, what: str, which: int) -> None:
        uri = sorted(self.texts)[which]
        text = self.texts[uri]
        place = position(text, random.Random(chance).randrange(len(text) + 1))
        params: dict[str, Any] = {"textDocument": {"uri": uri}, "position": place}
        if what == "inlayHint":
            params["range"] = {"start": {"line": 0, "character": 0}, "end": place}
        elif what == "codeAction":
            params |= {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
        elif what == "references":
            params["context"] = {"includeDeclaration": True}
        self.inside.ask(f"textDocument/{what}", params)
        Totals.requests += 1

    @rule(which=st.integers(0, 1))
    def save(self, which: int) -> None:
        self.inside.tell("textDocument/didSave", {"textDocument": {"uri": sorted(self.texts)[which]}})

    @invariant()
    def nothing_went_wrong(self) -> None:
        assert self.inside.errors == []
        for uri, text in self.texts.items():
            document = self.inside.server.session.documents.get(uri)
            assert document is not None and document.text == text

    def teardown(self) -> None:
        try:
            mine = {uri: self.pull(self.inside, uri) for uri in self.texts}
            fresh = Inside(hurry=True)
            for uri, text in self.texts.items():
                fresh.tell(
                    "textDocument/didOpen",
                    {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}},
                )
                assert mine[uri] == self.pull(fresh, uri), uri
            fresh.stop()
            for uri in list(self.texts):
                self.inside.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
            self.inside.settle()
            server = self.inside.server
            assert len(server.session.documents) == 0 and not server.protocol._request_futures
            assert not server.statuses._known and not self.inside.errors
        finally:
            self.inside.stop()
        Totals.memory.append(psutil.Process().memory_info().rss)

    @staticmethod
    def pull(inside: Inside, uri: str) -> Any:
        return inside.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})["items"]


@pytest.mark.timeout(900 + EDITS // 100)
def test_soak() -> None:
    """At least so many edits; memory does not grow with them."""
    rounds = 0
    while Totals.edits < EDITS:
        # A seed of its own a round: where examples are not drawn at random, as in CI, every round would be the same.
        run_state_machine_as_test(
            seed(rounds)(Soak),
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        rounds += 1
    gc.collect()
    half = len(Totals.memory) // 2
    early, late = max(Totals.memory[:half]), max(Totals.memory[half:])
    print(f"{Totals.edits:,} edits, {Totals.requests:,} requests, {early >> 20} MiB then {late >> 20} MiB at most")
    assert late - early < 40 << 20
