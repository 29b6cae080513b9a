"""What a run took: tokens and dollars, by role, and how large its prompts were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from step_agents.prompts import Prompter
from step_agents.report.lines import Prompts, RoleLine

Row = Mapping[str, Any]
Rows = Sequence[Row]
_KINDS = ("input", "output", "cache_read", "cache_write")


def tokens(row: Row) -> int:
    """All tokens of a row of the journal."""
    return sum(int(row[f"tokens_{kind}"]) for kind in _KINDS)


def usage(found: Rows) -> dict[str, int]:
    """The tokens of rows by kind."""
    return {kind: sum(int(row[f"tokens_{kind}"]) for row in found) for kind in _KINDS}


def cost(found: Rows) -> float | None:
    """The dollars of rows; None where one is not known."""
    costs = [row["cost"] for row in found]
    return None if any(one is None for one in costs) else float(sum(costs))


def roles(requests: Rows, paid: Rows) -> tuple[RoleLine, ...]:
    """What proposer and guardian took, by model, and what remains of all that was ``paid``."""
    by: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in requests:
        by[row["role"], row["model"]].append(row)
    order = sorted(by, key=lambda one: (one[0] != "proposer", one[0], one[1] or ""))
    found = [RoleLine(role, model, len(by[role, model]), **usage(by[role, model]), cost=cost(by[role, model]))
             for role, model in order]  # fmt: skip
    every, answered = usage(paid), usage(requests)
    rest = {kind: every[kind] - answered[kind] for kind in _KINDS}
    if any(rest.values()):
        whole, part = cost(paid), cost(requests)
        left = None if whole is None or part is None else max(0.0, whole - part)
        found.append(RoleLine("unanswered", None, 0, **rest, cost=left))
    return tuple(found)


def measured(requests: Rows, digests: Sequence[str] = ()) -> Prompts | None:
    """How many tokens a prompt took; None where no model was asked."""
    sizes = [row["tokens_input"] + row["tokens_cache_read"] + row["tokens_cache_write"] for row in requests]
    if not sizes:
        return None
    read = sum(row["tokens_cache_read"] for row in requests)
    shared = read / sum(sizes) if sum(sizes) else 0.0
    return Prompts(len(sizes), sum(sizes) / len(sizes), max(sizes), Prompter().budget, shared, tuple(digests))
