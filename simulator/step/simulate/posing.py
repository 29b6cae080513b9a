"""The check of a hole: nothing can be compared yet, but its declaration can be wrong already.

The reference runs under the same sizes as it will for a body, so that a synthesis never starts from a declaration that
no body can meet (1-language, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from step.declare import Operator
from step.diagnostic import Diagnostic, Related, Span
from step.dims import SizeError
from step.program import Builder
from step.simulate.compare import compare
from step.simulate.engine import execution_memory
from step.simulate.errors import SimulationError
from step.simulate.load import LoadedModule
from step.simulate.memory import show_bytes
from step.simulate.problem import Problem, check_repeats
from step.simulate.sizes import assignments, dims_that_divide
from step.source import OperatorSource

Pose = Callable[[Mapping[str, int]], Problem]


def check_declaration(
    base: LoadedModule, operator: Operator, sizes: int, limit: int, pose: Pose, name_span: Span
) -> tuple[Diagnostic, ...]:
    """Runs an operator's reference under each choice of sizes; what should be known besides (warnings).

    Args:
        base: the module as it stands.
        operator: what is declared; ``name_span`` is where its name stands in the file.
        sizes: how many choices of sizes.
        limit: bytes that the inputs and outputs may take.
        pose: makes the inputs and runs the reference under a choice of sizes.

    Raises:
        SimulationError: ``STEP-REFERENCE``, ``STEP-SIZE`` or ``STEP-MEMORY``: no body can meet this declaration.
    """
    if operator.reference is None:
        message = f"{operator.name} has no reference, so no body can be verified: add reference=… to @step.operator"
        return (Diagnostic("STEP-REFERENCE", message, name_span, "warning"),)
    specification = operator.specification
    whole = dims_that_divide((*specification.input_types, *specification.output_types))
    not_finite = 0
    for number, assignment in enumerate(assignments(base.choice.declared, sizes, whole)):
        _check_memory(base, operator, assignment, limit)
        problem = pose(assignment)
        if number == 0:
            check_repeats(base, operator, problem)
            not_finite = compare(problem.expected, problem.expected).non_finite
    return (not_finite_note(not_finite, name_span),) if not_finite else ()


def _check_memory(base: LoadedModule, operator: Operator, assignment: Mapping[str, int], limit: int) -> None:
    specification = operator.specification
    nothing = Builder(len(specification.inputs)).build(())
    try:
        need = execution_memory(
            nothing, specification.input_types, {**base.sizes, **assignment}, "f64", specification
        ).peak
    except SizeError as error:
        raise SimulationError("STEP-SIZE", f"{operator.name}: {error}") from error
    if need > limit:
        raise SimulationError(
            "STEP-MEMORY",
            f"the inputs and outputs of {operator.name} would need {show_bytes(need)} of memory, and the limit is "
            f"{show_bytes(limit)}: declare smaller sizes",
        )


def not_finite_note(count: int, name_span: Span) -> Diagnostic:
    """The warning that some of a reference's values say nothing."""
    return Diagnostic(
        "STEP-FINITE",
        f"the reference itself gives {count} values that are not finite, which compare as equal: "
        "choose other data (step.stream(…, data=…, scale=…))",
        name_span,
        "warning",
    )


def declared_at(found: Diagnostic, source: OperatorSource | None) -> Diagnostic:
    """A diagnostic of a reference with its operator as related place; one in the decorator is the place itself."""
    if source is None or found.code != "STEP-REFERENCE" or found.related:
        return found
    place = source.reference_span or source.name_span
    where = place.shift(source.line)
    if where.line == found.span.line:
        return replace(found, span=where)
    label = f"the reference of {source.name}" if source.reference is not None else f"{source.name} is declared here"
    return replace(found, related=(Related(where, label),))
