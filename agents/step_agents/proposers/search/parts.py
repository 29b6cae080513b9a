"""One search on several workers: each takes its share of the stages, and the first program that passes ends them all.

The runner decides where the parts run: local processes or a cluster (a ``concurrent.futures.Executor`` behind
:class:`step_agents.campaign.executor.Workers`). Which part is first depends on the machine, so a search in parts is not
reproducible as one in a single process is; that is why it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from step_agents.proposers.base import Runner

Report = Callable[[dict[str, Any]], None]


async def in_parts(
    runner: Runner, service: str, params: Mapping[str, Any], parts: int, *, timeout: float, progress: Report
) -> dict[str, Any]:
    """The answer of the first part that found a program; where none did, what all of them tried.

    Raises:
        SandboxError: a part's process failed before any part had found a program.
    """
    calls = [
        asyncio.ensure_future(runner.call(service, part_of(params, index, parts), timeout=timeout, progress=progress))
        for index in range(parts)
    ]
    answers: list[dict[str, Any]] = []
    try:
        for next_one in asyncio.as_completed(calls):
            answer = await next_one
            answers.append(answer)
            if answer["status"] != "unsolved":
                return joined(answer, answers)
        return joined(nearest_of(answers), answers)
    finally:
        for one in calls:
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


def part_of(params: Mapping[str, Any], index: int, parts: int) -> dict[str, Any]:
    """The same call, for one share of the stages."""
    return {**params, "options": {**params.get("options", {}), "part": [index, parts]}}


def nearest_of(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The unsolved answer that came nearest."""
    return min(answers, key=lambda one: one["distance"] if one.get("distance") is not None else float("inf"))


def joined(answer: dict[str, Any], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An answer with the work of all parts that ended."""
    if answer["status"] == "error":
        return answer
    return {
        **answer,
        "candidates": sum(one.get("candidates", 0) for one in answers),
        "stages": [stage for one in answers for stage in one.get("stages", ())],
    }
