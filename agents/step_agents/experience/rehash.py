"""Naming an experience anew, where another version of the tool has named it: what is a task's hash may change."""

from __future__ import annotations

from dataclasses import replace

from step_agents.canonical import canonical
from step_agents.experience.record import Experience
from step_agents.experience.solution import solution
from step_agents.normal import graph_hash


def rehashed(one: Experience) -> Experience:
    """The experience with the hashes of this version; as it is where its module or body cannot be read any more
    (a recheck will find that)."""
    program = solution(one)
    if program is None:
        return one
    form = canonical(one.task)
    return replace(one, task_hash=form.hash, graph_hash=graph_hash(program, form))
