"""The operator that a body is searched for: where its data come from, and the last word on a program for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from step.program import Program
from step.simulate.compare import compare
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.verify import verify

from step_agents.proposers.search.scene import Subject, load_subjects

RESEEDS = 8
"""So many seeds are tried for data on which a wrong program shows."""


@dataclass(frozen=True)
class Target:
    """An operator: its module's text and path, and its name."""

    text: str
    path: str
    name: str

    def subjects(self, seed: int) -> Iterator[Subject]:
        """The data that it is searched on, with their reference's outputs.

        Raises:
            SimulationError: the module, the operator's reference or its sizes are at fault.
        """
        return load_subjects(self.text, self.path, self.name, seed)

    def passes(self, program: Program) -> bool:
        """Whether a program holds with other seeds, other sizes and the specification's own data."""
        return verify(self.text, self.path, self.name, program, float32=False).status == "passed"

    def telling(self, program: Program, data: str, seed: int) -> tuple[Subject, int] | None:
        """Data of the same kind that tell a wrong program from the reference, and their seed: the first after ``seed``
        that do; None if there are none soon."""
        for other in range(seed + 1, seed + 1 + RESEEDS):
            for subject in self.subjects(other):
                if subject.data == data and _differs(program, subject):
                    return subject, other
        return None


def _differs(program: Program, subject: Subject) -> bool:
    problem = subject.problem
    try:
        made = execute(program, problem.inputs, problem.functions, input_types=subject.specification.input_types)
    except SimulationError:
        return True
    return compare(problem.expected, made.outputs).difference is not None
