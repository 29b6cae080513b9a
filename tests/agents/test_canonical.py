"""What a task is apart from its names: the canonical hash and likeness."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from step_agents.canonical import canonical, canonical_hash, likeness
from step_agents.prompts import Prompter
from step_agents.recall import translate
from step_agents.task import Task
from step_agents.task_module import module_text

from tests.agents.samples import SCALE, experience, operator_of, task_files

FILES = pytest.mark.parametrize("file", task_files(), ids=lambda one: one.stem)


def renamed(text: str, task: Task) -> str:
    """The module with other names of functions, dimensions, weights, streams and the operator."""
    names = [*task.functions, *task.dims, *task.inputs, task.operator]
    names += re.findall(r"^(w\w*)\b", task.helpers, re.MULTILINE)
    for name in names:
        text = re.sub(rf"(?<![\w.\"']){re.escape(name)}\b(?!['\"])", f"{name}_q", text)
        text = text.replace(f'"{name}": step.stream', f'"{name}_q": step.stream')
    return re.sub(r'step\.dim\("(\w+)"', r'step.dim("\1_q"', text)


@FILES
def test_the_canonical_hash_knows_no_names(file: Path) -> None:
    text = file.read_text()
    _, task = operator_of(text)
    _, other = operator_of(renamed(text, task))
    assert other.operator == f"{task.operator}_q"
    assert set(other.functions) == {f"{name}_q" for name in task.functions}
    assert canonical_hash(other) == canonical_hash(task)
    assert canonical(other).functions == tuple(f"{name}_q" for name in canonical(task).functions)
    assert likeness(task, other) == 1.0


def test_the_tasks_of_the_paper_are_all_different() -> None:
    hashes = {canonical_hash(operator_of(file.read_text())[1]) for file in task_files()}
    assert len(hashes) == 26


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return x / 2", "return x / 3"),
        ("return x + x / 2", "return x + x"),
        ("outputs=step.stream(f32, [D, N])", "outputs=step.stream(f32, [N, D])"),
        ("step.stream(f32, [D, N])}", 'step.stream(f32, [D, N], data="ones")}'),
        ("@step.fn(f32, f32)\n", "@step.fn(f32, f32, init=0)\n"),
        ("D, N = step.dims(D=6, N=4)", 'N = step.dims(N=4)\nD = step.dim("D", 6, fixed=True)'),
    ],
)
def test_the_canonical_hash_tells_other_tasks_apart(before: str, after: str) -> None:
    assert before in SCALE
    assert canonical_hash(operator_of(SCALE)[1]) != canonical_hash(operator_of(SCALE.replace(before, after))[1])


LONG = SCALE.replace(
    "\n\n@step.fn(f32, f32)\ndef half(x):\n    return x / 2\n",
    """
W = step.parameter([D])
V = W / D.size


@step.fn(f32, f32)
def half(x):
    f = lambda q, *rest: q * V[0] / D.size
    return f(x)
""",
).replace("return x + x / 2", "return plus(x, half(x))")
OTHER_VARIABLE = (
    LONG.replace("D, N = step.dims(D=6, N=4)", 'd = step.dim("D", 6)\nN = step.dims(N=4)')
    .replace("[D", "[d")
    .replace("D.size", "d.size")
)


@pytest.mark.parametrize(
    "other",
    [
        OTHER_VARIABLE,
        LONG.replace("N=4)", "N=4)\nwidth = D").replace("D.size", "width.size"),
        LONG.replace("W", "weights"),
        LONG.replace("V", "scaled"),
        LONG.replace("q", "element").replace("rest", "more"),
        LONG.replace("half", "part"),
        LONG.replace("plus", "sum_of"),
    ],
    ids=["variable", "alias", "weight", "made weight", "lambda", "function in the reference", "called function"],
)
def test_names_that_code_gives_do_not_count(other: str) -> None:
    assert other != LONG
    assert canonical_hash(operator_of(other)[1]) == canonical_hash(operator_of(LONG)[1])


def test_what_is_made_of_what_is_made_does_not_grow_without_end() -> None:
    chain = "".join(f"w{n + 1} = w{n} + w{n}\n" for n in range(200))
    text = LONG.replace("V = W / D.size\n", f"w0 = W\n{chain}V = w200\n")
    assert canonical_hash(operator_of(text)[1]) != canonical_hash(operator_of(LONG)[1])


def test_a_dimension_with_another_name_is_told_to_models_and_written_back() -> None:
    operator, task = operator_of(OTHER_VARIABLE)
    assert {name: dim.names for name, dim in task.dims.items()} == {"D": ("d",), "N": ()}
    assert "In the body, write `d` for `D`." in Prompter().task(task)
    assert "In the body" not in Prompter().task(operator_of(LONG)[1])
    again = operator_of(module_text(task))[1]
    assert canonical_hash(again) == canonical_hash(task)
    body = "total = step.Accum(fn=plus, b=1).apply(x)\nreturn step.Repeat(n=D).apply(total)"
    known = experience(LONG, body, task=operator_of(LONG)[1])
    assert "step.Repeat(n=d)" in (translate(known, task, operator) or "")


def test_layout_comments_and_sizes_do_not_count() -> None:
    other = SCALE.replace("D=6, N=4", "D=8, N=5").replace(
        "    return x / 2", '    """Halves."""\n    return x/2  # halves'
    )
    assert canonical_hash(operator_of(other)[1]) == canonical_hash(operator_of(SCALE)[1])


def test_likeness_is_higher_within_a_group() -> None:
    tasks = {file.stem: operator_of(file.read_text())[1] for file in task_files()}
    norm = tasks["layer_norm_of_scalars"]
    assert likeness(norm, tasks["rms_norm"]) > likeness(norm, tasks["layer_norm_of_rows"])
    assert likeness(norm, tasks["rms_norm"]) > likeness(norm, tasks["moe_top1"])
