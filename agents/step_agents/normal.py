"""Programs up to what does not matter: copies are edges, Identity is nothing, Zips of Zips are one Zip.

Two programs with the same normal graph compute the same in the same way, however they are written. The graph's hash
decides quickly, an isomorphism test decides for certain (3-self-improvement, σ).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

from step.dims import Dim
from step.function import Function
from step.primitives.base import show_parameter
from step.program import Node, Program, Value

from step_agents.canonical import Canonical
from step_agents.notation import rename_dim

if TYPE_CHECKING:
    import networkx as nx

Source = tuple[int, int]
"""Where a stream comes from: a vertex and which of its results."""


@dataclass(frozen=True)
class Normal:
    """A normal graph: labelled vertices, each with its operands' sources in order; the inputs are the first vertices.

    The last vertex is the return: its operands are the outputs.
    """

    labels: tuple[str, ...]
    operands: tuple[tuple[Source, ...], ...]

    @cached_property
    def hash(self) -> str:
        """Equal for isomorphic graphs (and, but for coincidences, only for those)."""
        marks: list[str] = []
        for label, sources in zip(self.labels, self.operands, strict=True):
            marks.append(_digest([label, *(f"{marks[vertex]}.{port}" for vertex, port in sources)]))
        # The last mark fixes the unfolded tree; the sorted marks of all vertices fix what is shared.
        return _digest([marks[-1], *sorted(marks)])

    def graph(self) -> nx.MultiDiGraph[int]:
        """The graph as networkx has it."""
        import networkx as nx  # slow to import, and seldom needed

        made: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        for vertex, label in enumerate(self.labels):
            made.add_node(vertex, label=label)
        for vertex, sources in enumerate(self.operands):
            for slot, (source, port) in enumerate(sources):
                made.add_edge(source, vertex, key=(slot, port))
        return made


def normalise(program: Program, form: Canonical | None = None) -> Normal:
    """The normal graph of a program; with its task's canonical form, up to the names of functions and dimensions."""
    return _Normaliser(program, form).run()


def graph_hash(program: Program, form: Canonical) -> str:
    """The hash of a program's normal graph, up to all names: equal for equal solutions of equal tasks."""
    return normalise(program, form).hash


def isomorphic(left: Program, right: Program) -> bool:
    """Whether two programs of one task have the same normal graph."""
    ours, theirs = normalise(left), normalise(right)
    if ours.hash != theirs.hash:
        return False
    if (ours.labels, ours.operands) == (theirs.labels, theirs.operands):
        return True
    import networkx as nx

    return bool(
        nx.is_isomorphic(
            ours.graph(),
            theirs.graph(),
            node_match=lambda one, other: one["label"] == other["label"],
            edge_match=lambda one, other: set(one) == set(other),
        )
    )


def groups(programs: Iterable[Program]) -> list[list[int]]:
    """The indices of programs, grouped by isomorphism, in the order of first occurrence."""
    known: list[tuple[Program, list[int]]] = []
    for index, program in enumerate(programs):
        for representative, members in known:
            if isomorphic(representative, program):
                members.append(index)
                break
        else:
            known.append((program, [index]))
    return [members for _, members in known]


class _Normaliser:
    def __init__(self, program: Program, form: Canonical | None) -> None:
        self.program = program
        self.functions = {name: f"f{number}" for number, name in enumerate(form.functions)} if form else {}
        self.dims = {name: f"d{number}" for number, name in enumerate(form.dims)} if form else None
        self.labels = [f"input {index}" for index in range(program.inputs)]
        self.operands: list[tuple[Source, ...]] = [()] * program.inputs
        self.where: dict[Value, tuple[Source, ...]] = {value: ((value, 0),) for value in range(program.inputs)}

    def run(self) -> Normal:
        live = _live(self.program)
        for index, node in enumerate(self.program.nodes):
            if index not in live:
                continue
            results = self.program.results_of(index)
            name = node.primitive.name
            if name in ("Copy", "Identity"):
                for value in results:
                    self.where[value] = self.where[node.operands[0]]
            elif name == "Zip":
                # A tuple is spliced into another: only the order of all its fields' sources matters.
                parts = tuple(source for operand in node.operands for source in self.where[operand])
                self.where[results[0]] = parts
            else:
                sources = self.sources(node)
                vertex = self.add(self.label(index), sources)
                for port, value in enumerate(results):
                    self.where[value] = ((vertex, port),)
        self.add("return", tuple(self.single(output) for output in self.program.outputs))
        return Normal(tuple(self.labels), tuple(self.operands))

    def sources(self, node: Node) -> tuple[Source, ...]:
        if node.primitive.takes == ("*streams",):  # zipped first: a Zip before it or not is the same
            return tuple(source for operand in node.operands for source in self.where[operand])
        return tuple(self.single(operand) for operand in node.operands)

    def single(self, value: Value) -> Source:
        """The source of a value; of a zipped one, a Zip of all its parts (made once for each use)."""
        sources = self.where[value]
        if len(sources) == 1:
            return sources[0]
        return self.add("Zip()", sources), 0

    def add(self, label: str, sources: tuple[Source, ...]) -> int:
        self.labels.append(label)
        self.operands.append(sources)
        return len(self.labels) - 1

    def label(self, index: int) -> str:
        primitive = self.program.nodes[index].primitive
        values = []
        for one in fields(primitive):
            value = getattr(primitive, one.name)
            values.append(f"{one.name}={self.parameter(value)}")
        return f"{primitive.name}({', '.join(values)})"

    def parameter(self, value: object) -> str:
        if isinstance(value, Function):
            return self.functions.get(value.name, value.name)
        if isinstance(value, Dim):
            bare = Dim(value.numerator, value.denominator, value.factors)
            return str(bare) if self.dims is None else rename_dim(bare, self.dims)
        return show_parameter(value)


def _live(program: Program) -> frozenset[int]:
    """The nodes that an output depends on."""
    found: set[int] = set()
    wanted: list[Value] = list(program.outputs)
    while wanted:
        node = program.producers[wanted.pop()]
        if node is not None and node not in found:
            found.add(node)
            wanted.extend(program.nodes[node].operands)
    return frozenset(found)


def _digest(parts: Iterator[str] | list[str]) -> str:
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(part.encode())
        made.update(b"\0")
    return made.hexdigest()
