"""Why nothing was found, in words that a user can act on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
from step.dims import show_shape
from step.function import Function
from step.program import Specification
from step.types import Buffer, ElementType, fields_of

from step_agents.proposers.search.kinds import peel
from step_agents.proposers.search.outcome import Outcome
from step_agents.proposers.search.proofs import reachable, unreachable


def explain(outcome: Outcome) -> str:
    """One or more sentences: what is impossible by the types alone, else what was tried and what came nearest."""
    subject = outcome.subject
    assert subject is not None
    reasons = list(outcome.proofs or impossible(subject.specification, subject.functions))
    failed = [f"{fault}." for fault in outcome.faults if fault.always or not reasons]
    nested = _nested(subject.specification, subject.functions)
    return " ".join([*failed, *nested, *(reasons or _tried(outcome))])


def impossible(specification: Specification, functions: tuple[Function, ...]) -> Iterator[str]:
    """What cannot be reached whatever the values are, and what stands in the way."""
    if not functions:
        yield "The module declares no functions (@step.fn), so only the shape of streams can change."
    yield from unreachable(specification, functions)
    yield from _dimensions(specification, functions, reachable(specification, functions)[1])
    yield from _states(specification, functions)


def _dimensions(
    specification: Specification, functions: tuple[Function, ...], blocked: list[Function]
) -> Iterator[str]:
    """Functions whose buffers have dimensions that no stream has."""
    streams = {
        symbol
        for stream in specification.input_types
        for dim in (*peel(stream.element)[1], *stream.known_shape)
        for symbol in dim.symbols
    }
    made = {
        symbol for one in functions if one not in blocked for field in fields_of(one.result)
        for dim in peel(field)[1] for symbol in dim.symbols
    }  # fmt: skip
    for number, stream in enumerate(specification.output_types):
        for dim in (*peel(stream.element)[1], *stream.known_shape):
            lost = dim.symbols - streams - made
            if lost:
                yield (
                    f"Output {number} has the dimension {dim}, but no input has {', '.join(sorted(lost))} and no "
                    "function gives it: values could only be repeated along it."
                )


def _states(specification: Specification, functions: tuple[Function, ...]) -> Iterator[str]:
    """Tuples that nothing can take apart."""
    outputs = {peel(stream.element)[0] for stream in specification.output_types}
    given: set[ElementType] = set()
    for one in functions:
        if len(fields_of(one.result)) < 2 or one.result in given or one.result in outputs:
            continue
        given.add(one.result)
        run = fields_of(one.result)
        taken = any(_has_run(fields_of(other.element), run) for other in functions)
        if not taken:
            yield (
                f"No function consumes {one.result}, which {one.name} gives, and there is no other way to take a tuple "
                "apart: add a map that takes it."
            )


def _nested(specification: Specification, functions: tuple[Function, ...]) -> Iterator[str]:
    """Buffers of buffers that a function takes and nothing gives: the search does not tell them from one buffer."""
    given: set[ElementType] = set()
    sources = [field for stream in specification.input_types for field in fields_of(stream.element)]
    sources += [field for one in functions for field in fields_of(one.result)]
    for source in sources:
        while isinstance(source, Buffer):
            source = source.element
            given.add(source)
    for one in functions:
        for field in fields_of(one.element):
            if isinstance(field, Buffer) and isinstance(field.element, Buffer) and field.element not in given:
                inner, dims = peel(field)
                yield (
                    f"{one.name} takes {field}, which no input is and nothing gives: Bufferize makes one buffer of a "
                    f"buffer of buffers. Declare {Buffer(inner, dims)}."
                )


def _has_run(fields: tuple[ElementType, ...], run: tuple[ElementType, ...]) -> bool:
    return any(fields[start : start + len(run)] == run for start in range(len(fields) - len(run) + 1))


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[:most] + " …"


def _named(term: str, specification: Specification) -> str:
    """A term with the inputs' names in it."""
    names = [name for name, _ in specification.inputs]
    return re.sub(r"#(\d+)", lambda match: names[int(match[1])], term)


def _tried(outcome: Outcome) -> Iterator[str]:
    subject, budget = outcome.subject, outcome.budget
    assert subject is not None
    ended = {
        "time": f"The time is used up ({budget.seconds:.0f} s)",
        "memory": f"The memory is used up ({budget.bytes >> 20} MiB of values)",
        "exhausted": "Everything within the limits was tried",
        "missing": "The search ended early, as what is missing is known",
    }.get(outcome.reason, outcome.reason)
    yield f"{ended}: {budget.candidates:,} candidates in {len(outcome.stages)} stages."
    if outcome.clue is not None:
        yield outcome.clue.text
    if outcome.reason == "missing":
        return
    if outcome.refuted:
        yield (
            f"{outcome.refuted} programs were right on the data searched on, but not on other seeds, sizes or the "
            "specification's own data: a number in a function may stand for the size of a dimension (write D.size)."
        )
    outputs = subject.specification.output_types
    broken = sum(int((~np.isfinite(array)).sum()) for one in subject.problem.expected for array in one.arrays)
    if broken:
        yield (
            f"The reference itself gives {broken} values that are not finite, so that little can be matched: choose "
            "other data for the inputs (step.stream(…, data=…, scale=…))."
        )
    missed = {miss.output for miss in outcome.misses}
    if len(outputs) > 1 and len(missed) < len(outputs):
        met = [str(number) for number in range(len(outputs)) if number not in missed]
        yield f"Met: output {', '.join(met)}."
    for miss in outcome.misses:
        named = f"output {miss.output}" if len(outputs) > 1 else "the output"
        wanted = outputs[miss.output]
        if not math.isfinite(miss.gap) and broken:
            yield f"No value of {named}'s type ({wanted}) matched."
        elif not math.isfinite(miss.gap):
            yield (
                f"No value of {named}'s type was made: {wanted.element} over {show_shape(wanted.known_shape)} is out "
                "of reach within these limits; a function that gives it from what is there would help."
            )
        else:
            yield (
                f"The type of {named} ({wanted}) is reachable, but no value matched; the nearest, "
                f"{_short(_named(str(miss.term), subject.specification))}, is off "
                f"by {miss.gap:.3g} of the largest expected value."
            )
