"""The maintainability index of solutions, measured by radon: how readable the code is that a run produced.

The scale is the original one, on which the paper reports 149 with and 102 without comments: 171 − 5.2 ln V − 0.23 G −
16.2 ln L, plus up to 50 for comments (V Halstead's volume, G cyclomatic complexity, L logical lines). Radon's own 0–100
scale is given beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from radon.metrics import mi_parameters, mi_visit


@dataclass(frozen=True, slots=True)
class Maintainability:
    """Means over solutions. ``normalised`` is radon's 0–100; ``lowest`` the least ``with_comments`` of all."""

    solutions: int
    with_comments: float
    without_comments: float
    normalised: float
    lowest: float


def maintainability(bodies: Sequence[str]) -> Maintainability | None:
    """The index of bodies, each as a function of its own; None where none parses."""
    scores: list[tuple[float, float, float]] = []
    for body in bodies:
        function = "def operator(*streams):\n" + "\n".join(f"    {line}" for line in body.split("\n"))
        try:
            scores.append((*_index(function), float(mi_visit(function, multi=True))))
        except (SyntaxError, ValueError):
            continue
    if not scores:
        return None
    count = len(scores)
    return Maintainability(
        count,
        sum(one for one, _, _ in scores) / count,
        sum(bare for _, bare, _ in scores) / count,
        sum(scaled for _, _, scaled in scores) / count,
        min(one for one, _, _ in scores),
    )


def _index(code: str) -> tuple[float, float]:
    """The index with and without comments, on the original scale."""
    volume, complexity, lines, comments = mi_parameters(code)
    volume_part = 5.2 * math.log(volume) if volume > 0 else 0.0
    bare = 171 - volume_part - 0.23 * complexity - 16.2 * math.log(max(lines, 1))
    return bare + 50 * math.sin(math.sqrt(2.46 * math.radians(comments))), bare
