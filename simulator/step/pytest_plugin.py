"""pytest makes each ``@step.operator`` of a collected file a test item, ``file.py::step::rms_norm``.

Files that pytest collects anyway (its ``python_files`` patterns, or named on the command line) are looked at, and
those that the option ``step_files`` names. A file is read, never imported, by this plugin: the functional check runs
it in a child process. Nothing of this program is loaded as long as no file mentions an operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from step.diagnostic import Diagnostic
    from step.sandbox import Sandbox
    from step.simulate.report import Report
    from step.source import Module, OperatorSource

_MARK = "operator"
_RUNNER = pytest.StashKey["_Runner"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ini files and of the command line."""
    group = parser.getgroup("step", "STeP operators")
    group.addoption(
        "--step-files",
        action="append",
        default=[],
        metavar="GLOB",
        help="also collect the operators of files that match (relative to the root folder)",
    )
    group.addoption("--step-timeout", type=float, metavar="SECONDS", help="how long the check of an operator may take")
    parser.addini("step_files", "patterns of files whose operators are collected, beside python_files", type="args")
    parser.addini("step_timeout", "seconds that the check of an operator may take", default="60")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> StepFile | None:
    """The operators of a file, if it is one to look at and has any."""
    if file_path.suffix != ".py" or not _is_collected(file_path, parent):
        return None
    try:
        text = file_path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if "step" not in text or _MARK not in text:
        return None
    from step.source import read

    module = read(text, str(file_path))
    if not module.imports_step or not module.operators:
        return None
    found: StepFile = StepFile.from_parent(parent, path=file_path, name=None)
    found.module = module
    return found


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the child process."""
    runner = config.stash.get(_RUNNER, None)
    if runner is not None:
        runner.close()


def _is_collected(file: Path, parent: pytest.Collector) -> bool:
    config = parent.config
    if parent.session.isinitpath(file):
        return True
    patterns = [*config.getini("python_files")]
    if any(fnmatch(file.name, pattern) or fnmatch(str(file), pattern) for pattern in patterns):
        return True
    extra = [*config.getini("step_files"), *config.getoption("step_files")]
    try:
        relative = file.relative_to(config.rootpath).as_posix()
    except ValueError:
        relative = file.as_posix()
    return any(fnmatch(relative, pattern) or fnmatch(file.name, pattern) for pattern in extra)


class StepFile(pytest.File):
    """A file with operators."""

    module: Module

    def collect(self) -> Iterator[pytest.Collector]:
        """The group of its operators."""
        yield StepGroup.from_parent(self, name="step")


class StepGroup(pytest.Collector):
    """The operators of a file; it gives their ids the part ``::step::``."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item an operator."""
        assert isinstance(self.parent, StepFile)
        module = self.parent.module
        for operator in module.operators:
            item: StepItem = StepItem.from_parent(self, name=operator.name)
            item.module, item.operator = module, operator
            yield item


class StepItem(pytest.Item):
    """The check of one operator: the static one, then the functional one."""

    module: Module
    operator: OperatorSource
    # pytest-lsp (1.0) breaks every item without this attribute, which only test functions have.
    funcargs: ClassVar[dict[str, Any]] = {}

    def runtest(self) -> None:
        """Fails with what the checks report; skips a hole whose declaration can be met, and an operator whose
        branch did not run."""
        from step.check import check_operator

        found = [one.shift(self.operator.line) for one in check_operator(self.operator).diagnostics]
        if any(one.severity == "error" for one in found):
            raise OperatorFailure(self.module, tuple(found), "")
        report = _runner(self.config).check(self.module, self.operator.name)
        if report.output:
            self.add_report_section("call", "stdout", report.output)
        if report.status == "hole":
            pytest.skip("a hole: not synthesised yet")
        if report.status == "skipped":
            pytest.skip(report.message)
        if not report.ok:
            raise OperatorFailure(self.module, report.diagnostics, report.message)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnostics with the lines they are about, without a traceback."""
        if isinstance(excinfo.value, OperatorFailure):
            return excinfo.value.text()
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the operator stands."""
        return self.path, self.operator.line + self.operator.name_span.line, f"step: {self.name}"


class OperatorFailure(Exception):
    """An operator does not pass."""

    def __init__(self, module: Module, diagnostics: tuple[Diagnostic, ...], message: str) -> None:
        errors = [one.message for one in diagnostics if one.severity == "error"]
        super().__init__(errors[0] if errors else message)
        self.module, self.diagnostics = module, diagnostics

    def text(self) -> str:
        """Every diagnostic with its line of the file, marked."""
        return "\n\n".join(_show(one, self.module) for one in self.diagnostics) or str(self)


def _show(one: Diagnostic, module: Module) -> str:
    lines = module.text.splitlines()
    shown = [f"{module.path}:{one.span.line + 1}: {one.severity} {one.code}", f"  {one.message}"]
    shown += _marked(lines, one.span)
    for other in one.related:
        shown += [f"  {module.path}:{other.span.line + 1}: {other.message}", *_marked(lines, other.span)]
    return "\n".join(shown)


def _marked(lines: list[str], span: Any) -> list[str]:
    if span.line >= len(lines):
        return []
    line = lines[span.line]
    end = span.end_column if span.end_line == span.line else len(line)
    number = f"{span.line + 1}"
    return [f"    {number} | {line}", f"    {' ' * len(number)} | {' ' * span.column}{'^' * max(end - span.column, 1)}"]


class _Runner:
    """The child process of a test session, with the event loop it belongs to."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._loop = asyncio.Runner()
        self._sandbox: Sandbox | None = None

    def check(self, module: Module, operator: str) -> Report:
        return self._loop.run(self._check(module, operator))

    async def _check(self, module: Module, operator: str) -> Report:
        from step.sandbox import Sandbox
        from step.simulate.checking import check_operator

        if self._sandbox is None:
            self._sandbox = Sandbox()
        return await check_operator(
            self._sandbox, module.text, module.path, operator, timeout=self._timeout, module=module
        )

    def close(self) -> None:
        if self._sandbox is not None:
            self._loop.run(self._sandbox.close())
        self._loop.close()


def _runner(config: pytest.Config) -> _Runner:
    runner = config.stash.get(_RUNNER, None)
    if runner is None:
        timeout = config.getoption("step_timeout") or float(config.getini("step_timeout"))
        runner = config.stash[_RUNNER] = _Runner(timeout)
    return runner
