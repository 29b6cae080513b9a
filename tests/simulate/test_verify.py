"""What a check remembers, and what makes it forget; run in this process, on modules that do no harm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import step
from step.primitives import PRIMITIVES
from step.program import Builder
from step.simulate.codes import CODES
from step.simulate.verify import verify
from step.simulate.workspace import Workspace, without_bodies
from step.source import read

from tests.benchmark.solutions import ALL, solved
from tests.simulate.written import OPERATOR, module_text

COUNTED = "import builtins; builtins.step_test_runs = getattr(builtins, 'step_test_runs', 0) + 1"


def runs() -> int:
    import builtins

    return getattr(builtins, "step_test_runs", 0)


def check(workspace: Workspace, text: str, **how: object) -> str:
    return verify(text, "m.py", OPERATOR, workspace=workspace, **how).status  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_every_solution_passes_and_its_hole_is_one(task: object) -> None:
    assert hasattr(task, "operator") and hasattr(task, "path")
    report = verify(solved(task), str(task.path), task.operator)  # type: ignore[arg-type]
    assert report.ok, report.message
    assert report.max_abs_error is not None and report.max_abs_error < 1e-9
    assert report.float32_error is not None and report.float32_error < 1e-4
    assert verify(task.path.read_text(), str(task.path), task.operator).status == "hole"


def test_a_second_check_runs_nothing_of_the_users_again() -> None:
    workspace, text = Workspace(), module_text(top=COUNTED)
    assert check(workspace, text) == "passed"
    before = runs()
    assert check(workspace, text) == "passed"
    assert runs() == before


def test_another_body_runs_nothing_of_the_users_again() -> None:
    workspace = Workspace()
    check(workspace, module_text(top=COUNTED))
    before = runs()
    assert check(workspace, module_text(top=COUNTED, body="squares = step.Map(fn=square).apply(squares)")) == "failed"
    assert check(workspace, module_text(top=COUNTED, body="squares = step.Map(fn=")) == "error"
    assert check(workspace, module_text(top=COUNTED), body="return step.Accum(fn=add, b=1).apply(x)") == "failed"
    assert runs() == before


def test_another_function_runs_the_module_again() -> None:
    workspace = Workspace()
    assert check(workspace, module_text()) == "passed"
    assert check(workspace, module_text(function="x = x + 1")) == "failed"
    assert check(workspace, module_text(reference="x = x + 1")) == "failed"
    assert check(workspace, module_text()) == "passed"


def test_a_body_that_moves_down_is_reported_where_it_is() -> None:
    workspace = Workspace()
    text = module_text(body="squares = step.Accum(fn=add, b=2).apply(squares)")
    first = verify(text, "m.py", OPERATOR, workspace=workspace).diagnostics[0]
    moved = verify("\n\n" + text, "m.py", OPERATOR, workspace=workspace).diagnostics[0]
    assert moved.span == first.span.shift(2)


def test_emptied_bodies_leave_every_line_where_it_is() -> None:
    text = module_text(body="squares = (\n        squares\n    )")
    emptied = without_bodies(read(text))
    assert len(emptied.splitlines()) == len(text.splitlines())
    assert "apply" not in emptied
    compile(emptied, "m.py", "exec")
    hole = "import step\n@step.operator(inputs={}, outputs=())\ndef f(): ...\n\nx = 1\n"
    assert without_bodies(read(hole)) == hole


def test_line_ends_of_windows() -> None:
    text = module_text().replace("\n", "\r\n")
    assert verify(text, "m.py", OPERATOR, workspace=Workspace()).ok


def test_a_program_instead_of_a_text() -> None:
    square, add = step.Function("square", step.f32, step.f32), step.Function("add", step.f32, step.f32, (0.0,))
    builder = Builder(1)
    (squares,) = builder.add(PRIMITIVES["Map"](square), [0])  # type: ignore[call-arg]
    (total,) = builder.add(PRIMITIVES["Accum"](add, 1), [squares])  # type: ignore[call-arg]
    assert verify(module_text(), "m.py", OPERATOR, builder.build([total])).ok
    report = verify(module_text(), "m.py", OPERATOR, builder.build([squares]))
    assert report.diagnostics[0].code == "STEP-OUTPUT"
    report = verify(module_text(), "m.py", OPERATOR, Builder(2).build([0]))
    assert report.diagnostics[0].code == "STEP-ARITY"


def test_equal_sizes_do_not_hide_a_transposition() -> None:
    text = module_text().replace("N=7, D=16", "N=8, D=8").replace("step.stream(f32, [N])", "step.stream(f32, [D])")
    report = verify(text, "m.py", OPERATOR)
    assert report.status == "error"


def test_imports_of_neighbours_with_dimensions(tmp_path: Path) -> None:
    (tmp_path / "shared_dims.py").write_text("import step\nN, D = step.dims(N=7, D=16)\n")
    text = module_text().replace("N, D = step.dims(N=7, D=16)", "from shared_dims import D, N")
    report = verify(text, str(tmp_path / "m.py"), OPERATOR)
    assert report.ok
    assert len({tuple(run.sizes.items()) for run in report.runs}) == 2


def test_every_code_is_explained() -> None:
    folder = Path(step.__file__).parent / "simulate"
    written = {code for file in folder.glob("*.py") for code in re.findall(r'"(STEP-[A-Z-]+)"', file.read_text())}
    from step.check import CODES as STATIC

    assert written - set(CODES) - set(STATIC) == set()
    assert len(CODES) > 10
