"""The verdict of a functional check: a value that travels as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from step.diagnostic import NOWHERE, Diagnostic, Related, Span

Status = Literal["passed", "failed", "error", "timeout", "hole", "skipped"]
"""``skipped``: the branch that the operator stands in did not run, so that there was nothing to check."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where and how far a program is from the reference.

    Attributes:
        output: the number of the output, ``field`` of the array in its element.
        index: the first differing index as NumPy has it, outermost first.
        step_index: the same in STeP order, innermost first.
        dims: the names of the dimensions that ``step_index`` counts.
        expected, actual: the two values there.
        wrong, total: how many of the array's values differ.
        stream: the first intermediate stream that holds a value which is not finite, if there is one: its name in
            the body, or the primitive that makes it.
        stream_node: the program's node that makes it (None: an input).
    """

    output: int
    field: int
    index: tuple[int, ...]
    step_index: tuple[int, ...]
    dims: tuple[str, ...]
    expected: float
    actual: float
    wrong: int
    total: int
    stream: str | None = None
    stream_node: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: its sizes and seed, the seconds it took, and its largest errors."""

    sizes: Mapping[str, int]
    seed: int
    seconds: float
    max_abs_error: float
    max_rel_error: float


@dataclass(frozen=True)
class Report:
    """The verdict on one operator.

    ``max_abs_error`` and ``max_rel_error`` are over all runs (None: nothing was compared). ``float32_error`` is how
    far the program in float32 is from the float64 reference, relative to the output's largest value: information
    only. ``output`` is what the module printed, ``name_span`` where the operator's name stands in the file.
    """

    file: str
    operator: str
    status: Status
    diagnostics: tuple[Diagnostic, ...] = ()
    runs: tuple[Run, ...] = ()
    mismatch: Mismatch | None = None
    float32_error: float | None = None
    seconds: float = 0.0
    output: str = ""
    name_span: Span = NOWHERE
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the operator passed."""
        return self.status == "passed"

    @property
    def max_abs_error(self) -> float | None:
        """The largest absolute error of all runs."""
        return max((run.max_abs_error for run in self.runs), default=None)

    @property
    def max_rel_error(self) -> float | None:
        """The largest relative error of all runs."""
        return max((run.max_rel_error for run in self.runs), default=None)

    @property
    def message(self) -> str:
        """The verdict in a line."""
        errors = [one.message for one in self.diagnostics if one.severity == "error"]
        if errors:
            return errors[0]
        if self.status == "skipped" and self.diagnostics:
            return self.diagnostics[0].message
        if self.status == "passed":
            return f"{self.operator} is equal to its reference in {len(self.runs)} runs"
        return f"{self.operator} is a hole" if self.status == "hole" else f"{self.operator}: {self.status}"

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; numbers that are not finite are strings."""
        return {
            "file": self.file,
            "operator": self.operator,
            "status": self.status,
            "seconds": self.seconds,
            "max_abs_error": _number(self.max_abs_error),
            "max_rel_error": _number(self.max_rel_error),
            "float32_error": _number(self.float32_error),
            "output": self.output,
            "name_span": list(self.name_span),
            "details": dict(self.details),
            "diagnostics": [_diagnostic_to_json(one) for one in self.diagnostics],
            "mismatch": None if self.mismatch is None else _mismatch_to_json(self.mismatch),
            "runs": [
                {
                    "sizes": dict(run.sizes),
                    "seed": run.seed,
                    "seconds": run.seconds,
                    "max_abs_error": _number(run.max_abs_error),
                    "max_rel_error": _number(run.max_rel_error),
                }
                for run in self.runs
            ],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Report:
        """The report that :meth:`to_json` wrote."""
        runs = tuple(
            Run(
                dict(one["sizes"]),
                int(one["seed"]),
                float(one["seconds"]),
                _float(one["max_abs_error"]),
                _float(one["max_rel_error"]),
            )
            for one in value["runs"]
        )
        return Report(
            value["file"],
            value["operator"],
            cast("Status", value["status"]),
            tuple(_diagnostic_from_json(one) for one in value["diagnostics"]),
            runs,
            None if value["mismatch"] is None else _mismatch_from_json(value["mismatch"]),
            None if value["float32_error"] is None else _float(value["float32_error"]),
            float(value["seconds"]),
            value["output"],
            Span(*value["name_span"]),
            dict(value["details"]),
        )


def _number(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)


def _float(value: float | str) -> float:
    return float(value)


def _diagnostic_to_json(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "message": one.message,
        "severity": one.severity,
        "span": list(one.span),
        "related": [{"span": list(other.span), "message": other.message} for other in one.related],
        "needs": one.needs,
        "got": one.got,
        "node": one.node,
    }


def _diagnostic_from_json(one: Mapping[str, Any]) -> Diagnostic:
    related = tuple(Related(Span(*other["span"]), other["message"]) for other in one["related"])
    return Diagnostic(
        one["code"], one["message"], Span(*one["span"]), one["severity"], related, one["needs"], one["got"], one["node"]
    )


def _mismatch_to_json(one: Mismatch) -> dict[str, Any]:
    return {
        "output": one.output,
        "field": one.field,
        "index": list(one.index),
        "step_index": list(one.step_index),
        "dims": list(one.dims),
        "expected": _number(one.expected),
        "actual": _number(one.actual),
        "wrong": one.wrong,
        "total": one.total,
        "stream": one.stream,
        "stream_node": one.stream_node,
    }


def _mismatch_from_json(one: Mapping[str, Any]) -> Mismatch:
    return Mismatch(
        one["output"],
        one["field"],
        tuple(one["index"]),
        tuple(one["step_index"]),
        tuple(one["dims"]),
        _float(one["expected"]),
        _float(one["actual"]),
        one["wrong"],
        one["total"],
        one["stream"],
        one["stream_node"],
    )
