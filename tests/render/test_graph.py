"""The dataflow graph: streams say what they are to a primitive that takes several, and enter it side by side."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from step.check import check
from step.primitives import PRIMITIVES
from step.render import dot, graph, mermaid
from step.render.graph import Graph
from step.render.svg import svg
from step.source import read

HEAD = """\
import step
from step import Multihot, f32

K, M = step.dims(K=4, M=9)
E = step.dim("E", 2, fixed=True)

@step.fn((f32, f32), f32)
def div(x, y):
    return x / y

@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x

@step.operator(
    inputs={"x": step.stream(f32, [K, M]), "w": step.stream(f32, [K, M]), "r": step.stream(Multihot(f32, E), [M])},
    outputs=step.stream(f32, [K, M]),
)
def operator(x, w, r):
"""
ROUTED = """
    to, back = step.Copy().apply(r)
    parts = step.Partition(N=E).apply((x, to))
    merged = step.Merge(fn=add).apply((parts, back))
    return step.Map(fn=div).apply((merged, w))
"""


def drawn(body: str) -> Graph:
    (one,) = check(read(HEAD + body))
    names = [name for name, _ in one.operator.parameters]
    return graph(one.operator.body.program, names, one.typing.types, name="operator")


def roles(made: Graph) -> dict[tuple[str, str], str]:
    names = {one.id: one.label for one in made.nodes}
    return {(names[one.source], names[one.target or one.source]): one.role for one in made.edges if one.role}


def test_streams_say_what_they_are_to_a_partition_and_its_merge() -> None:
    made = drawn(ROUTED)
    experts = [one.role for one in made.edges if one.label.startswith("f32, [K, dyn")]
    assert experts == ["expert 0", "expert 1"]
    assert roles(made) == {
        ("x", "Partition"): "data",
        ("Copy", "Partition"): "index",
        ("Copy", "Merge"): "index",
        ("Partition", "Merge"): "expert 1",
        ("Merge", "Map"): "stream 0",
        ("w", "Map"): "stream 1",
    }
    written = "index: Multihot(f32, E), [M]"
    assert f'|"{written}"|' in mermaid(made) and f'[label="{written}"]' in dot(made) and f">{written}<" in svg(made)


def test_what_a_primitive_calls_its_streams() -> None:
    body = """
    x0, x1 = step.Copy().apply(x)
    totals = step.Accum(fn=add, b=1).apply(x0)
    spread = step.RepeatRef().apply((totals, w))
    return step.Map(fn=div).apply(step.Zip().apply((x1, spread)))
"""
    assert roles(drawn(body)) == {
        ("Accum", "RepeatRef"): "data",
        ("w", "RepeatRef"): "ref",
        ("Copy", "Zip"): "first",
        ("RepeatRef", "Zip"): "second",
    }


def test_a_part_that_goes_elsewhere_says_both() -> None:
    body = """
    a, b = step.Partition(N=E).apply((x, r))
    return step.Zip().apply((a, b))
"""
    made = drawn(body)
    assert [one.role for one in made.edges if one.source == "n0"] == ["expert 0 → first", "expert 1 → second"]


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
@pytest.mark.parametrize("count", range(6))
def test_every_number_of_streams_has_roles(name: str, count: int) -> None:
    cls = PRIMITIVES[name]
    found = [cls.operand_role(slot, count) for slot in range(count)]
    assert all(found[: len(cls.takes)]) or count < 2
    assert len({one for one in found if one}) == sum(map(bool, found)), "each has a role of its own"


def test_streams_enter_a_box_side_by_side_and_stay_on_it() -> None:
    root = ElementTree.fromstring(svg(drawn(ROUTED)))
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        (float(one.attrib["x"]), float(one.attrib["y"]), float(one.attrib["width"]))
        for one in root.iter(f"{space}rect")
        if one.get("class") == "box"
    ]
    ends = [tuple(map(float, re.findall(r"[-\d.]+", one.attrib["d"])[-2:])) for one in root.iter(f"{space}path")][1:]
    assert len(set(ends)) == len(ends) == 9
    for x, y in ends:
        assert any(left + 4 < x < left + width - 4 and abs(y - top) < 0.2 for left, top, width in boxes)
