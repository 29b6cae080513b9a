"""The structural IR, its canonical form, and normal graphs of programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from step.dims import Dim
from step.primitives import PRIMITIVES
from step.program import Builder, Program
from step.types import Buffer, ElementType, Multihot, Scalar, STuple, Tile
from step_agents.canonical import canonical
from step_agents.normal import graph_hash, groups, isomorphic, normalise
from step_agents.notation import NotationError, read_dim, read_type
from step_agents.reading import read_candidate
from step_agents.task import Task, TaskError

from tests.agents.samples import SCALE, SCALE_BODY, operator_of, solution, task_files
from tests.agents.test_canonical import renamed

FILES = pytest.mark.parametrize("file", task_files(), ids=lambda one: one.stem)


@FILES
def test_a_task_survives_yaml_and_json(file: Path) -> None:
    operator, task = operator_of(file.read_text())
    assert Task.from_yaml(task.to_yaml()) == task
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
    assert task.specification == operator.specification
    assert all(task.signatures[name] == one for name, one in task.signatures.items())
    assert len(task.to_yaml()) < 3000


def test_a_task_holds_what_its_code_needs_and_no_more() -> None:
    file = next(one for one in task_files() if one.stem == "moe_top1")
    _, task = operator_of(file.read_text())
    assert "w_gate = step.parameter([E, K])" in task.helpers
    assert "gelu" in task.helpers
    assert "def gate" not in task.helpers
    assert "def reference" in task.reference
    assert (task.functions["gate"].code or "").startswith("def gate(x):")
    assert task.dims["E"].fixed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "not YAML"),
        ("a", "the task"),
        ("operator: f\ninputs: {}\n", "outputs"),
        ("operator: f\ninputs: {x: {type: Nonsense(f32), shape: [D]}}\noutputs: []", "not a type"),
        ("operator: f\ninputs: {x: {type: f32, shape: ['D+1']}}\noutputs: []", "not a dimension"),
        ("operator: f\ninputs: {x: {type: f32, shape: [D], data: huge}}\noutputs: []", "inputs.x.data"),
        ("operator: f\ninputs: {}\noutputs: []\nsurprise: 1", "surprise"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_what_is_no_task_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(TaskError, match=re.escape(told)):
        Task.from_yaml(text)


dims = st.builds(
    lambda over, under, names: _dim(over, under, names),
    st.integers(1, 6),
    st.integers(1, 4),
    st.lists(st.sampled_from(["D", "N", "K"]), max_size=3),
)


def _dim(over: int, under: int, names: list[str]) -> Dim:
    found = Dim.number(over)
    for name in names:
        found = found * Dim.symbol(name)
    return found / under


elements: st.SearchStrategy[ElementType] = st.recursive(
    st.sampled_from(["f32", "f64", "i32", "bool"]).map(Scalar),
    lambda inner: st.one_of(
        st.builds(Buffer, inner, st.lists(dims, min_size=1, max_size=3)),
        st.builds(lambda fields: STuple(fields), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda length: Multihot("f32", length), dims),
        st.builds(lambda sizes: Tile("f32", sizes), st.lists(dims, min_size=2, max_size=2)),
    ),
    max_leaves=5,
)


@given(elements)
def test_the_text_of_a_type_reads_back_as_the_type(element: ElementType) -> None:
    assert read_type(str(element)) == element


@given(dims)
def test_the_text_of_a_dimension_reads_back_as_the_dimension(dim: Dim) -> None:
    assert read_dim(str(dim)) == dim


@given(st.text(max_size=40))
def test_any_text_is_a_type_or_refused(text: str) -> None:
    for read in (read_type, read_dim):
        try:
            read(text)
        except NotationError as error:
            assert str(error)


def program(body: str, text: str = SCALE) -> Program:
    return read_candidate(operator_of(text)[0], body).program


SAME = [
    SCALE_BODY,
    "b, a = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((a, step.Map(fn=half).apply(b)))",
    "a, b = step.Copy().apply(step.Identity().apply(x))\nh = step.Map(fn=half).apply(b)\n"
    "p = step.Zip().apply((a, h))\nreturn step.Identity().apply(step.Map(fn=plus).apply(p))",
    "a, b = step.Copy().apply(x)\nc, d = step.Copy().apply(b)\nunused = step.Map(fn=half).apply(d)\n"
    "h = step.Map(fn=half).apply(c)\nreturn step.Map(fn=plus).apply(step.Zip().apply((a, h)))",
]
OTHER = [
    "a, b = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((step.Map(fn=half).apply(b), a))",
    "a, b = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((a, b))",
    "return step.Map(fn=half).apply(x)",
    "return x",
]


def test_programs_that_differ_only_in_plumbing_are_isomorphic() -> None:
    programs = [program(body) for body in (*SAME, *OTHER)]
    assert groups(programs) == [[0, 1, 2, 3], [4], [5], [6], [7]]
    assert len({normalise(one).hash for one in programs}) == 5


def test_zips_of_zips_are_one_zip() -> None:
    builder = Builder(3)
    zip_ = PRIMITIVES["Zip"]()
    left = builder.build([builder.add(zip_, (builder.add(zip_, (0, 1))[0], 2))[0]])
    builder = Builder(3)
    right = builder.build([builder.add(zip_, (0, builder.add(zip_, (1, 2))[0]))[0]])
    builder = Builder(3)
    other = builder.build([builder.add(zip_, (1, builder.add(zip_, (0, 2))[0]))[0]])
    assert isomorphic(left, right)
    assert not isomorphic(left, other)


def test_sharing_is_told_from_doing_it_twice() -> None:
    once = program("a, b = step.Copy().apply(step.Map(fn=half).apply(x))\nreturn step.Map(fn=plus).apply((a, b))")
    twice = program(
        "a, b = step.Copy().apply(x)\n"
        "return step.Map(fn=plus).apply((step.Map(fn=half).apply(a), step.Map(fn=half).apply(b)))"
    )
    assert not isomorphic(once, twice)


@FILES
def test_the_graph_hash_knows_no_names_either(file: Path) -> None:
    text, body = file.read_text(), solution(file)
    operator, task = operator_of(text)
    other_text = renamed(text, task)
    other_operator, other_task = operator_of(other_text)
    other_body = body
    for name in (*task.functions, *task.dims, *task.inputs):
        other_body = re.sub(rf"(?<![\w.]){re.escape(name)}\b(?!=)", f"{name}_q", other_body)
    ours = read_candidate(operator, body)
    theirs = read_candidate(other_operator, other_body)
    assert theirs.is_right, theirs.errors
    assert graph_hash(ours.program, canonical(task)) == graph_hash(theirs.program, canonical(other_task))


def test_yaml_is_compact() -> None:
    _, task = operator_of(SCALE)
    written = yaml.safe_load(task.to_yaml())
    assert written["inputs"] == {"x": {"type": "f32", "shape": ["D", "N"]}}
    assert "multiple_of" not in task.to_yaml()
