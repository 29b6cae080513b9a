"""How much memory a run will take, told before it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from step.dims import Dim, is_dynamic_symbol
from step.program import Node, Program
from step.simulate.dtypes import numpy_dtype
from step.types import StreamType

_VIEWS = frozenset({"Repeat", "RepeatRef", "Copy", "Identity", "Zip", "Promote", "Bufferize", "Streamify"})
_WORK = 2.0  # arrays as large as its result that a batched function may hold while it computes


@dataclass(frozen=True, slots=True)
class Need:
    """The memory of a run in bytes, and its largest stream."""

    peak: int
    largest: int
    largest_value: int


def needed(
    program: Program,
    types: Sequence[StreamType],
    sizes: Mapping[str, int],
    precision: str,
    later: frozenset[int] = frozenset(),
) -> Need:
    """An upper estimate of the memory that a run takes: streams are freed after their last use, views cost nothing,
    and neither do the results of nodes that are computed piece by piece (``later``), which keep their operands.

    A dimension made by Partition counts as long as its index stream: every group may go to one expert.

    Raises:
        SizeError: a dimension has no whole size here.
    """
    bounds = dict(sizes)
    repeated = [False] * program.size
    # Who holds an array: a view holds its source's.
    holders: list[frozenset[int]] = [frozenset({value}) for value in range(program.inputs)]
    held = {value: stream_bytes(types[value], bounds, precision) for value in range(program.inputs)}
    last = _last_use(program)
    largest, largest_value = max(((size, value) for value, size in held.items()), default=(0, 0))
    peak = sum(held.values())
    live = set(range(program.inputs))
    for index, node in enumerate(program.nodes):
        if node.primitive.name == "Partition":
            _bound_dynamic(program, index, types, bounds)
        view = index in later or _is_view(node, repeated)
        work = 0.0
        for value in program.results_of(index):
            size = stream_bytes(types[value], bounds, precision)
            repeated[value] = node.primitive.name in ("Repeat", "RepeatRef") or (
                view and index not in later and any(repeated[operand] for operand in node.operands)
            )
            if view:
                holders.append(frozenset().union(*(holders[operand] for operand in node.operands)))
            else:
                holders.append(frozenset({value}))
                held[value] = size
                work += size * (_WORK if node.primitive.function is not None else 0.0)
                if size > largest:
                    largest, largest_value = size, value
            live.add(value)
        arrays = frozenset().union(*(holders[value] for value in live))
        peak = max(peak, sum(held[one] for one in arrays) + int(work))
        live -= {value for value in live if last.get(value, -1) <= index}
    return Need(peak, largest, largest_value)


def stream_bytes(stream: StreamType, sizes: Mapping[str, int], precision: str) -> int:
    """The bytes of a stream's arrays.

    Raises:
        SizeError: a dimension has no whole size here.
    """
    shape = stream.known_shape
    return sum(
        math.prod(dim.evaluate(sizes) for dim in (*shape, *leaf.dims)) * numpy_dtype(leaf.dtype, precision).itemsize
        for leaf in stream.element.leaves
    )


def show_bytes(count: float) -> str:
    """A number of bytes as people read it: ``12.3 GiB``."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.1f} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        count /= 1024
    return f"{count:,.1f} TiB"


def _is_view(node: Node, repeated: Sequence[bool]) -> bool:
    name = node.primitive.name
    if name in ("Flatten", "Reshape"):
        # Reading a repeated array with other axes makes it real.
        return not repeated[node.operands[0]]
    return name in _VIEWS


def _bound_dynamic(program: Program, index: int, types: Sequence[StreamType], bounds: dict[str, int]) -> None:
    positions = math.prod(dim.evaluate(bounds) for dim in types[program.nodes[index].operands[-1]].known_shape)
    for value in program.results_of(index):
        for dim in types[value].known_shape:
            for name in _dynamic(dim):
                bounds.setdefault(name, positions)


def _dynamic(dim: Dim) -> list[str]:
    return [name for name in dim.symbols if is_dynamic_symbol(name)]


def _last_use(program: Program) -> dict[int, int]:
    last = {operand: index for index, node in enumerate(program.nodes) for operand in node.operands}
    return {**last, **dict.fromkeys(program.outputs, len(program.nodes))}
