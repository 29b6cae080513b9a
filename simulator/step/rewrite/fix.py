"""Fixes: edits that leave a program with fewer violations, with the reason in the reader's terms."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from step.infer import Typing, infer
from step.program import Program, Specification, Value
from step.rewrite import rules
from step.rewrite.edits import Edit, apply_edits
from step.types import StreamType, same_stream


@dataclass(frozen=True)
class Case:
    """A program that shall meet a specification, with its types and what is wrong with it."""

    program: Program
    inputs: tuple[StreamType, ...]
    outputs: tuple[StreamType, ...]

    @cached_property
    def typing(self) -> Typing:
        """The types of all values."""
        return infer(self.program, self.inputs)

    @cached_property
    def affine(self) -> int:
        """How many uses there are too many."""
        return sum(max(len(uses) - 1, 0) for uses in self.program.uses.values())

    @cached_property
    def wrong_outputs(self) -> tuple[int, ...]:
        """The outputs whose type is not the declared one."""
        types = self.typing.types
        pairs = zip(self.outputs, self.program.outputs, strict=False)
        return tuple(slot for slot, (needs, value) in enumerate(pairs) if not same_stream(needs, types[value]))

    @cached_property
    def unknown(self) -> int:
        """How many values have a type that could not be inferred."""
        return sum(not one.is_known for one in self.typing.types)

    @property
    def faults(self) -> tuple[int, int]:
        """What counts against the program: violations of any kind, then values of unknown type."""
        missing = abs(len(self.outputs) - len(self.program.outputs))
        return len(self.typing.violations) + self.affine + len(self.wrong_outputs) + missing, self.unknown

    @property
    def holds(self) -> bool:
        """Whether the program checks statically."""
        return self.faults[0] == 0

    def name_of(self, value: Value) -> str:
        """What a stream is called, for a reason."""
        name = self.program.name_of(value)
        if name is not None:
            return f"`{name}`"
        producer = self.program.producers[value]
        return "an input" if producer is None else f"the result of {self.program.nodes[producer].primitive.name}"

    def after(self, program: Program) -> Case:
        """The same task with another program."""
        return Case(program, self.inputs, self.outputs)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule proposes. ``safe``: the values of a program that checks already are never changed by it."""

    edits: tuple[Edit, ...]
    title: str
    reason: str
    streams: tuple[str, ...] = ()
    safe: bool = True
    node: int | None = None


@dataclass(frozen=True)
class Fix:
    """A change of a program that leaves fewer violations, and why it was made.

    ``node`` is the node (of the program before) whose diagnostic it answers; None for an output or a stream.
    """

    rule: str
    codes: tuple[str, ...]
    title: str
    reason: str
    streams: tuple[str, ...]
    safe: bool
    node: int | None
    edits: tuple[Edit, ...]
    before: Program
    program: Program


Rule = Callable[[Case], Iterator[Proposal]]


def _discover() -> tuple[tuple[str, tuple[str, ...], Rule], ...]:
    found = []
    for module in pkgutil.iter_modules(rules.__path__):
        rule = importlib.import_module(f"{rules.__name__}.{module.name}")
        found.append((rule.ORDER, rule.RULE, rule.CODES, rule.propose))
    return tuple((name, codes, rule) for _, name, codes, rule in sorted(found, key=lambda one: one[:2]))


RULES = _discover()


def propose(case: Case) -> tuple[Fix, ...]:
    """Every fix that leaves fewer violations, the one that leaves fewest first."""
    if case.holds:
        return ()
    found: list[Fix] = []
    for name, codes, rule in RULES:
        for one in rule(case):
            try:
                program = apply_edits(case.program, one.edits)
            except (ValueError, IndexError, TypeError):
                continue
            after = case.after(program).faults
            if after >= case.faults:
                continue
            safe = one.safe and after[0] < case.faults[0]
            fix = Fix(name, codes, one.title, one.reason, one.streams, safe, one.node, one.edits, case.program, program)
            if all(other.program != program for other in found):
                found.append(fix)
    return tuple(sorted(found, key=lambda fix: case.after(fix.program).faults))


def repair(
    program: Program,
    specification: Specification,
    *,
    only_safe: bool = False,
    limit: int = 24,
) -> tuple[Program, tuple[Fix, ...]]:
    """A program that checks, if fixes lead to one: greedily, always the fix that leaves the fewest violations.

    Returns the program (the best one reached) and the fixes made, in order.
    """
    case = Case(program, specification.input_types, specification.output_types)
    made: list[Fix] = []
    while not case.holds and len(made) < limit:
        candidates: Iterable[Fix] = (fix for fix in propose(case) if fix.safe or not only_safe)
        best = min(candidates, key=lambda fix: case.after(fix.program).faults, default=None)
        if best is None:
            break
        made.append(best)
        case = case.after(best.program)
    return case.program, tuple(made)
