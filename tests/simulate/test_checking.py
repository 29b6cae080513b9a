"""Checks in a child process: whatever a module does, one clear report at the right place, and the next check works."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from step.sandbox import Limits, Sandbox
from step.simulate.checking import check_operator
from step.simulate.report import Report

from tests.simulate.written import OPERATOR, line_of, module_text


class Checks:
    """One child process for the tests of this file."""

    def __init__(self) -> None:
        self.loop = asyncio.Runner()
        self.sandbox = self.loop.run(self._make())

    async def _make(self) -> Sandbox:
        return Sandbox(limits=Limits(memory_mib=1024))

    def __call__(self, text: str, operator: str = OPERATOR, timeout: float = 60, **how: Any) -> Report:
        return self.loop.run(check_operator(self.sandbox, text, "/nowhere/m.py", operator, timeout=timeout, **how))


@pytest.fixture(scope="module")
def check() -> Iterator[Checks]:
    checks = Checks()
    yield checks
    checks.loop.run(checks.sandbox.close())
    checks.loop.close()


def test_a_right_operator_passes(check: Checks) -> None:
    report = check(module_text())
    assert (report.status, report.ok, report.diagnostics) == ("passed", True, ())
    assert len(report.runs) == 4
    assert {run.seed for run in report.runs} == {0, 1}
    assert len({tuple(run.sizes.items()) for run in report.runs}) == 2
    assert report.max_abs_error is not None and report.max_abs_error < 1e-12
    assert report.float32_error is not None and 0 < report.float32_error < 1e-5
    assert "4 runs" in report.message


CASES = {
    # where the line goes, the line, status, code, words of the message
    "raises in a function": ("function", "raise KeyError('a')", "error", "STEP-FN-RUN", "KeyError: 'a'"),
    "gives another shape": ("function", "return np.ones(3)", "error", "STEP-FN-RUN", "shape (3,)"),
    "changes its argument": ("function", "x[...] = 0", "error", "STEP-FN-RUN", "argument"),
    "exits in a function": ("function", "sys.exit(2)", "error", "STEP-FN-RUN", "exit"),
    "is interrupted": ("function", "raise KeyboardInterrupt", "error", "STEP-FN-RUN", "KeyboardInterrupt"),
    "ends the process": ("function", "os._exit(4)", "error", "STEP-PROCESS", "exit code 4"),
    "kills the process": ("function", "os.kill(os.getpid(), 9)", "error", "STEP-PROCESS", "SIGKILL"),
    "crashes": ("function", "import ctypes; ctypes.string_at(0)", "error", "STEP-PROCESS", "SIGSEGV"),
    "loops for ever": ("function", "while True: pass", "timeout", "STEP-TIMEOUT", "of `square`"),
    "sleeps": ("reference", "time.sleep(60)", "timeout", "STEP-TIMEOUT", "of `reference`"),
    "reference raises": ("reference", "raise KeyError('a')", "error", "STEP-REFERENCE", "KeyError: 'a'"),
    "reference changes its argument": ("reference", "x[0] = 0", "error", "STEP-REFERENCE", "read-only"),
    "module raises": ("top", "1 / 0", "error", "STEP-MODULE", "division by zero"),
    "module exits": ("top", "sys.exit(1)", "error", "STEP-MODULE", "exit code 1"),
    "module imports what is missing": ("top", "import no_such", "error", "STEP-MODULE", "no_such"),
    "module does not parse": ("top", "x = (", "error", "STEP-SYNTAX", "never closed"),
    "recursion": ("top", "(lambda f: f(f))(lambda f: f(f))", "error", "STEP-MODULE", "RecursionError"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_module_does(check: Checks, case: str) -> None:
    where, line, status, code, words = CASES[case]
    text = module_text(**{where: line})
    report = check(text, timeout=2 if status == "timeout" else 60)
    (diagnostic,) = report.diagnostics
    assert (report.status, diagnostic.code, diagnostic.severity) == (status, code, "error")
    assert words in diagnostic.message
    if case != "kills the process":  # nothing can be known of where that was
        assert diagnostic.span.line == line_of(text, line)
    assert not report.ok
    assert check(module_text()).ok


def test_a_hole(check: Checks) -> None:
    report = check(module_text().partition("    squares = ")[0] + "    ...\n")
    assert (report.status, report.diagnostics) == ("hole", ())


HOLE = module_text().partition("    squares = ")[0] + "    ...\n"


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("return (x * x).sum(-1)", "return (x * x)", "def reference", "wrong shape"),
        ("return (x * x).sum(-1)", "return (x * x).sum(-1, keepdims=True)", "def reference", "keepdims"),
        ("return (x * x).sum(-1)", "return (x * x).sum(-9)", "sum(-9)", "raised"),
        ("def reference(x)", "def reference(x, y)", "def reference", "missing 1 required"),
    ],
)
def test_a_hole_whose_declaration_no_body_can_meet(check: Checks, old: str, new: str, where: str, words: str) -> None:
    text = HOLE.replace(old, new)
    assert text != HOLE
    report = check(text)
    (found,) = report.diagnostics
    assert (report.status, found.code, found.severity) == ("error", "STEP-REFERENCE", "error")
    assert words in found.message and found.span.line == line_of(text, where)
    assert [one.span.line for one in found.related] == [line_of(text, "reference=reference")]


@pytest.mark.parametrize("body", ["hole", "body"])
def test_a_reference_that_answers_differently_each_time(check: Checks, body: str) -> None:
    text = HOLE if body == "hole" else module_text()
    report = check(text.replace("return (x * x).sum(-1)", "return (x * x).sum(-1) + np.random.rand()"))
    (found,) = report.diagnostics
    assert (report.status, found.code) == ("error", "STEP-REFERENCE") and "each time" in found.message


def test_a_body_that_is_right_for_one_choice_of_sizes_is_told_so(check: Checks) -> None:
    text = module_text(function="return x * x * 16 / x.dtype.type(16)").replace("(x * x).sum(-1)", "(x * x).mean(-1)")
    report = check(text.replace("return total + x", "return total + x / 16"))
    (found,) = report.diagnostics
    assert report.status == "failed" and "with N=7, D=16 it is right" in found.message and "D.size" in found.message


def test_of_a_reference_in_the_decorator_only_the_argument_is_underlined(check: Checks) -> None:
    text = HOLE.replace("reference=reference", "reference=lambda x: x * x")
    (found,) = check(text).diagnostics
    line = text.splitlines()[found.span.line]
    assert line[found.span.column : found.span.end_column] == "lambda x: x * x" and not found.related


def test_transposed_outputs_are_told_as_that(check: Checks) -> None:
    text = module_text(reference="return x.T.copy()").partition("    squares = ")[0] + "    ...\n"
    report = check(text.replace("outputs=step.stream(f32, [N])", "outputs=step.stream(f32, [D, N])"))
    assert report.status == "error" and "innermost first" in report.diagnostics[0].message


def test_a_hole_without_a_reference_is_still_a_hole(check: Checks) -> None:
    report = check(HOLE.replace("    reference=reference,\n", ""))
    assert [(one.code, one.severity) for one in report.diagnostics] == [("STEP-REFERENCE", "warning")]
    assert report.status == "hole"


def test_a_hole_that_needs_too_much_memory(check: Checks) -> None:
    report = check(HOLE.replace("D=16", "D=600_000_000"))
    assert report.diagnostics and report.diagnostics[0].code == "STEP-MEMORY"


def test_no_such_operator(check: Checks) -> None:
    report = check(module_text(), "other")
    assert report.diagnostics[0].code == "STEP-NAME"


def test_no_reference(check: Checks) -> None:
    report = check(module_text().replace("    reference=reference,\n", ""))
    assert report.diagnostics[0].code == "STEP-REFERENCE"


def test_wrong_values(check: Checks) -> None:
    text = module_text(body="squares = step.Map(fn=square).apply(squares)")
    report = check(text)
    (diagnostic,) = report.diagnostics
    assert (report.status, diagnostic.code) == ("failed", "STEP-VALUE")
    assert diagnostic.span.line == line_of(text, "def sum_of_squares")
    assert text.splitlines()[diagnostic.span.line][diagnostic.span.column : diagnostic.span.end_column] == OPERATOR
    assert report.mismatch is not None
    assert (report.mismatch.step_index, report.mismatch.dims, report.mismatch.wrong) == ((0,), ("N",), 7)
    assert f"expected {report.mismatch.expected:.9g}, got {report.mismatch.actual:.9g}" in diagnostic.message
    assert Report.from_json(report.to_json()) == report


def test_the_first_stream_that_is_not_finite(check: Checks) -> None:
    text = module_text(function="x = np.log(x)", body="more = step.Map(fn=square).apply(squares); squares = more")
    report = check(text)
    assert report.mismatch is not None
    assert (report.mismatch.stream, report.mismatch.stream_node) == ("`squares`", 0)
    assert [one.span.line for one in report.diagnostics[0].related] == [line_of(text, "apply(x)")]
    assert report.output == ""  # no warnings of NumPy
    again = Report.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False)))
    assert again.mismatch is not None and math.isnan(again.mismatch.actual)


def test_another_body(check: Checks) -> None:
    right = "total = step.Accum(fn=add, b=1).apply(step.Map(fn=square).apply(x))\nreturn total"
    hole = module_text().partition("    squares = ")[0] + "    ...\n"
    assert check(hole, body=right).ok
    assert check(module_text(), body="return step.Accum(fn=add, b=1).apply(x)").status == "failed"
    report = check(hole, body="y = step.Map(fn=nothing).apply(x)\nreturn y")
    assert report.diagnostics[0].code == "STEP-NAME"
    assert "line 1 of the body" in report.diagnostics[0].message
    report = check(hole, body="return step.Map(fn=")
    assert (report.status, report.diagnostics[0].code) == ("error", "STEP-SYNTAX")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("squares = step.Accum(fn=add, b=1).apply(squares)", "STEP-RANK"),
        ("squares = step.Map(fn=add).apply(squares)", "STEP-FN"),
        ("squares = step.Repeat(n=D).apply(squares)", "STEP-OUTPUT"),
        ("other = step.Map(fn=square).apply(x)", "STEP-AFFINE"),
        ("squares = open('/etc/passwd')", "STEP-SUBSET"),
        ("return squares, squares", "STEP-OUTPUT"),
    ],
)
def test_a_body_that_is_no_right_program(check: Checks, body: str, code: str) -> None:
    text = module_text(body=body)
    report = check(text)
    assert report.status == "error"
    assert code in {one.code for one in report.diagnostics}


def test_a_half_typed_body_of_another_operator_disturbs_nothing(check: Checks) -> None:
    text = module_text() + (
        "\n\n@step.operator(inputs={'x': step.stream(f32, [N])}, outputs=step.stream(f32, [N]),\n"
        "               reference=lambda x: x)\ndef other(x):\n    y = step.Map(fn=\n"
    )
    assert check(text).ok
    assert check(text, "other").diagnostics[0].code == "STEP-SYNTAX"


def test_reshape(check: Checks) -> None:
    def blocks(size: int) -> str:
        return f"squares = step.Flatten(L=[1]).apply(step.Reshape(L=[0], S={size}).apply(squares))"

    report = check(module_text(body=blocks(4)))
    assert report.ok
    assert all(run.sizes["D"] % 4 == 0 for run in report.runs)
    text = module_text(body=blocks(5)).replace("D=16", "D=18").replace("step.dims(N=7, D=18)", "step.dims(N=7)")
    text = text.replace("N = step.dims(N=7)", "N = step.dims(N=7)").replace("N, D = step", "N = step")
    text = text.replace("N = step.dims(N=7)", "N = step.dims(N=7)\nD = step.dim('D', 18, fixed=True)")
    report = check(text)
    assert report.diagnostics[0].code in ("STEP-SHAPE", "STEP-SIZE")


def test_too_much_memory_is_refused_before_it_is_taken(check: Checks) -> None:
    text = module_text().replace("N=7, D=16", "N=60001, D=20000")
    started = time.monotonic()
    report = check(text)
    assert time.monotonic() - started < 20
    (diagnostic,) = report.diagnostics
    assert diagnostic.code == "STEP-MEMORY"
    assert "8.9 GiB" in diagnostic.message and "1.0 GiB" in diagnostic.message and "`x`" in diagnostic.message


def test_memory_that_a_module_takes_itself(check: Checks) -> None:
    report = check(module_text(top="W = np.ones(10**10)"))
    assert report.diagnostics[0].code == "STEP-MEMORY"
    assert check(module_text()).ok


def test_prints_are_kept_apart_and_bounded(check: Checks) -> None:
    report = check(module_text(top="print('hello')\nos.write(1, b'raw ')\nsys.stderr.write('error')"))
    assert report.ok
    assert "hello" in report.output and "raw" in report.output and "error" in report.output
    report = check(module_text(top="for _ in range(10**5): print('y' * 100)"))
    assert report.ok and len(report.output) < 21_000 and "bytes more" in report.output


def test_threads_that_are_left_running(check: Checks) -> None:
    line = "threading.Thread(target=time.sleep, args=(600,)).start()"
    report = check(module_text(top=line))
    assert report.ok
    assert [(one.code, one.severity) for one in report.diagnostics] == [("STEP-THREADS", "warning")]
    assert check(module_text()).diagnostics == ()


def test_standard_input_is_empty(check: Checks) -> None:
    assert "EOFError" in check(module_text(top="input()")).message


def test_nan_in_the_reference_is_told(check: Checks) -> None:
    text = module_text(reference="return np.log(x).sum(-1)", function="return np.log(x)")
    report = check(text)
    assert report.ok
    assert [(one.code, one.severity) for one in report.diagnostics] == [("STEP-FINITE", "warning")]


def test_sizes_of_zero(check: Checks) -> None:
    report = check(module_text().replace("D=16", "D=0"))
    assert report.ok and [run.sizes["D"] for run in report.runs] == [0, 0, 2, 2]


def test_progress(check: Checks) -> None:
    seen: list[dict[str, Any]] = []
    check(module_text(), progress=seen.append)
    assert [one["run"] for one in seen] == [0, 1, 2, 3]
    assert all(one["of"] == 4 for one in seen)


def test_seeds_and_sizes_as_asked(check: Checks) -> None:
    report = check(module_text(), seeds=(3, 4, 5), sizes=3, float32=False)
    assert len(report.runs) == 9 and report.float32_error is None


def test_an_interpreter_that_is_missing() -> None:
    async def run() -> Report:
        async with Sandbox("/nowhere/python") as sandbox:
            return await check_operator(sandbox, module_text(), "m.py", OPERATOR)

    report = asyncio.run(run())
    assert (report.status, report.diagnostics[0].code) == ("error", "STEP-INTERPRETER")
    assert "/nowhere/python" in report.message
    assert report.diagnostics[0].span.line == line_of(module_text(), "def sum_of_squares")


def test_neighbours_that_change_are_run_again(check: Checks, tmp_path: Path) -> None:
    (tmp_path / "constants.py").write_text("FACTOR = 1\n")
    text = module_text(top="from constants import FACTOR", function="x = x * FACTOR")

    def run() -> Report:
        return check.loop.run(check_operator(check.sandbox, text, str(tmp_path / "m.py"), OPERATOR))

    assert run().ok
    (tmp_path / "constants.py").write_text("FACTOR = 1 + 1\n")
    assert run().status == "failed"
