"""A program as the text of a body."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from step.program import Node, Program, Specification, Value
from step.render.plural import plural
from step.render.spelling import Spelling, free_name

_PLAIN = Spelling()
_STEMS = {
    "Bufferize": "buffered",
    "Streamify": "streamed",
    "Promote": "promoted",
    "Flatten": "flat",
    "Reshape": "blocks",
    "Zip": "pairs",
    "Partition": "part",
    "Merge": "merged",
    "Identity": "same",
}
_FOLDED = {"Accum": "fold", "Scan": "scan"}


def body_lines(
    program: Program, inputs: Sequence[str] | Specification, spelling: Spelling = _PLAIN, width: int = 100
) -> list[str]:
    """The lines of a body, without indentation; reading them gives the program back.

    Names that people gave are kept; other streams are named after what makes them.
    """
    names = name_values(program, list(inputs), spelling)
    lines = []
    for index, node in enumerate(program.nodes):
        results = [names[value] for value in program.results_of(index)]
        operands = operand_text(node, [names[value] for value in node.operands])
        target = ", ".join(results) + ("," if len(results) == 1 and node.primitive.gives != "one" else "")
        lines.extend(_wrapped(f"{target} = {spelling.call(node.primitive)}.apply(", operands, ")", width))
    returned = ", ".join(names[value] for value in program.outputs)
    lines.append(f"return {returned}" if returned else "return")
    return _inline_last(lines, program, names)


def body_text(
    program: Program,
    inputs: Sequence[str] | Specification,
    spelling: Spelling = _PLAIN,
    indent: str = "    ",
    width: int = 100,
) -> str:
    """The body as one text, every line indented, without a newline at the end."""
    return "\n".join(indent + line for line in body_lines(program, inputs, spelling, width - len(indent)))


def operand_text(node: Node, operands: Sequence[str]) -> str:
    """The argument of ``apply``: one stream, a tuple, or a tuple with a list in it."""
    takes = node.primitive.takes
    if takes == ("*streams",):
        return operands[0] if len(operands) == 1 else f"({', '.join(operands)})"
    if len(takes) == 1:
        return operands[0]
    if takes[0].startswith("*"):
        fixed = len(takes) - 1
        listed = ", ".join(operands[: len(operands) - fixed])
        return f"([{listed}], {', '.join(operands[len(operands) - fixed :])})"
    return f"({', '.join(operands)})"


def name_values(program: Program, inputs: list[str], spelling: Spelling) -> list[str]:
    """A name for each value; no two are the same, and none hides a name of the module."""
    taken = set(spelling.taken) | set(inputs)
    names = list(inputs)
    wanted: dict[Value, str] = {}
    for value in range(program.inputs, program.size):
        given = program.name_of(value)
        if given is None or not given.isidentifier() or keyword.iskeyword(given):
            continue
        if given not in taken and given not in wanted.values():
            wanted[value] = given
    taken |= set(wanted.values())
    for value in range(program.inputs, program.size):
        name = wanted.get(value) or free_name(_stem(program, value, names), taken)
        taken.add(name)
        names.append(name)
    return names


def _stem(program: Program, value: Value, names: list[str]) -> str:
    index = program.producers[value]
    assert index is not None
    node = program.nodes[index]
    port = value - program.first_results[index]
    match node.primitive.name:
        case "Copy":
            return _numbered(names[node.operands[0]], port)
        case "Partition":
            return _numbered("part", port)
        case "Repeat" | "RepeatRef":
            source = names[node.operands[0]]
            return source if source.endswith("_repeated") else f"{source}_repeated"
        case "Map" | "Accum" | "Scan" if node.primitive.function is not None:
            name = re.sub(r"\W+", "_", node.primitive.function.name).strip("_")
            return plural(name) if node.primitive.name == "Map" else f"{name}_{_FOLDED[node.primitive.name]}"
        case name:
            return _STEMS.get(name, name.lower())


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if name[-1:].isdigit() else f"{name}{number}"


def _inline_last(lines: list[str], program: Program, names: list[str]) -> list[str]:
    """``return step.…`` instead of naming the only output in the line before."""
    if len(program.outputs) != 1 or len(lines) < 2:
        return lines
    prefix = f"{names[program.outputs[0]]} = "
    last = max((index for index, line in enumerate(lines[:-1]) if not line.startswith((" ", ")"))), default=-1)
    node = program.producers[program.outputs[0]]
    if last < 0 or node != len(program.nodes) - 1 or not lines[last].startswith(prefix):
        return lines
    if program.name_of(program.outputs[0]) is not None:
        return lines
    return [*lines[:last], "return " + lines[last].removeprefix(prefix), *lines[last + 1 : -1]]


def _wrapped(start: str, operands: str, end: str, width: int) -> list[str]:
    if len(start) + len(operands) + len(end) <= width:
        return [start + operands + end]
    return [start, f"    {operands}", end]
