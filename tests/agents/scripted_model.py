"""A scripted model of known success rates behind the Messages API: it answers tasks of the paper's suite.

How many of its answers to a task are right depends only on the task and on how many demonstrations it is shown; which
ones, on the order of asking. So the numbers of a campaign can be computed by hand.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from tests.agents.samples import solution, task_files
from tests.agents.standin import Reply, Request

BODIES = {file.stem: solution(file) for file in task_files()}
_ASKED = re.compile(r"Complete the body of `(\w+)\(")


def asked_operator(request: Request) -> str:
    """The operator that a prompt asks for."""
    found = _ASKED.search(request.body["messages"][-1]["content"])
    assert found is not None
    return found[1]


def shown_operators(request: Request) -> tuple[str, ...]:
    """The operators of the demonstrations in a prompt, in order."""
    system = request.body["system"]
    return tuple(re.findall(r"^## (\w+)$", system[1]["text"], re.MULTILINE)) if len(system) > 1 else ()


class ScriptedModel:
    """Of every ``samples`` answers with the same demonstrations, the first ``passes(operator, shown)`` are right."""

    def __init__(self, passes: Callable[[str, tuple[str, ...]], int] | Mapping[str, int]) -> None:
        self._passes = passes if callable(passes) else lambda operator, _: passes.get(operator, 0)  # type: ignore[union-attr]
        self._asked: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        operator, shown = asked_operator(request), shown_operators(request)
        with self._lock:
            number = self._asked[operator, shown]
            self._asked[operator, shown] += 1
        right = number < self._passes(operator, shown)
        body = BODIES[operator] if right else "return nothing_of_that_name"
        cached = 2000 if shown else 1000
        return Reply(f"Here it is.\n```python\n{body}\n```\n", input_tokens=300, output_tokens=100, cache_read=cached)
