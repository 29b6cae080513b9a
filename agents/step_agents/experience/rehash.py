"""Naming an experience anew, where another version of the tool has named it: what is a task's hash may change."""

from __future__ import annotations

from dataclasses import replace

from step.source import read

from step_agents.canonical import canonical
from step_agents.experience.record import Experience
from step_agents.normal import graph_hash
from step_agents.reading import read_candidate


def rehashed(one: Experience) -> Experience:
    """The experience with the hashes of this version; as it is where its module or body cannot be read any more
    (a recheck will find that)."""
    operator = read(one.module).operator(one.task.operator)
    if operator is None:
        return one
    program = read_candidate(operator, one.body).program
    if not program.is_complete:
        return one
    form = canonical(one.task)
    return replace(one, task_hash=form.hash, graph_hash=graph_hash(program, form))
