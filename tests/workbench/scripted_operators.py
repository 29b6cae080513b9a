"""What the scripted server sees in a text: operators, the result of their check, their graph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operator:
    """One `@step.operator` function; lines are 0-based, `end` exclusive."""

    name: str
    decorator: int
    line: int
    end: int
    body: str

    @property
    def hole(self) -> bool:
        return self.body.strip() == "..."


def operators(text: str) -> list[Operator]:
    lines = text.splitlines()
    found = []
    decorator = None
    for number, line in enumerate(lines):
        if re.match(r"@\w+\.operator", line):
            decorator = number
        name = re.match(r"def (\w+)", line)
        if name and decorator is not None:
            end = number + 1
            while end < len(lines) and (lines[end].startswith((" ", "\t")) or not lines[end].strip()):
                end += 1
            while end > number + 1 and not lines[end - 1].strip():
                end -= 1
            found.append(Operator(name[1], decorator, number, end, "\n".join(lines[number + 1 : end])))
            decorator = None
    return found


def span(line: int, end_line: int, start: int = 0, end: int = 0) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": end_line, "character": end}}


def result_of(operator: Operator) -> dict[str, Any]:
    if "hang" in operator.body:
        return {"status": "timeout", "seconds": 20.0, "message": "no result after 20 s"}
    if "wrong" in operator.body:
        message = "output 0 differs at [3, 1]: expected 0.25, got 1.5"
        where = span(operator.line + 1, operator.line + 1, 4, 40)
        diagnostic = {"code": "STEP-MISMATCH", "message": message, "severity": 1, "range": where}
        failed = {"status": "failed", "seconds": 0.04, "maxAbsError": 1.25}
        return {**failed, "message": message, "diagnostics": [diagnostic]}
    return {"status": "passed", "seconds": 0.04, "maxAbsError": 1e-7}


def with_body(text: str, operator: Operator, body: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[: operator.line + 1], body, *lines[operator.end :]]) + "\n"


def drawing(operator: Operator) -> dict[str, Any]:
    """A chain of the primitives that the body names."""
    where = span(operator.line, operator.line, 4, 8)
    nodes = [{"id": "x", "kind": "input", "label": "x", "detail": "", "range": where}]
    edges = []
    last = "x"
    for offset, line in enumerate(operator.body.splitlines()):
        found = re.search(r"step\.(\w+)\(([^)]*)\)", line)
        if found is None:
            continue
        identity = f"n{offset}"
        number = operator.line + 1 + offset
        where = span(number, number, found.start(), found.end())
        nodes.append({"id": identity, "kind": "primitive", "label": found[1], "detail": found[2], "range": where})
        state = "nonfinite" if "hang" in line else "failing" if "wrong" in line else "ok"
        edges.append(edge(len(edges), last, identity, state))
        last = identity
    nodes.append({"id": "out", "kind": "output", "label": "result", "detail": "", "range": None})
    edges.append(edge(len(edges), last, "out", "ok"))
    return {"operator": operator.name, "nodes": nodes, "edges": edges, "version": 1}


def edge(number: int, source: str, target: str, state: str) -> dict[str, Any]:
    ends = {"source": source, "target": target, "sourcePort": None, "targetPort": None}
    return {"id": f"e{number}", "label": "f32 [D, N]", "state": state, **ends}


def plain(value: Any) -> Any:
    """pygls gives custom messages as objects with attributes; this makes dictionaries of them again."""
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
