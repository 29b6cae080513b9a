"""σ: of all passing answers of a task, the one that enters D."""

from __future__ import annotations

from collections.abc import Sequence

from step_agents.loop.domain import A, Domain, T


def select(domain: Domain[T, A], task: T, answers: Sequence[A]) -> A:
    """One representative of each group of isomorphic answers (its first), and of those the shortest.

    Raises:
        ValueError: there is no answer.
    """
    if not answers:
        raise ValueError("no passing answer to choose from")
    representatives = [answers[members[0]] for members in domain.groups(task, answers)]
    return min(representatives, key=domain.length)
