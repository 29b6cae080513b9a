"""Runs a user's module under a choice of sizes and seed. Only the child process of a check ever does this."""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import random
import sys
import sysconfig
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from step.choice import Choice, choosing
from step.declare import DeclarationError, DeclaredFunction, Operator
from step.diagnostic import NOWHERE, Span
from step.dims import SizeError
from step.simulate.errors import SimulationError, describe, last_span, line_span
from step.simulate.functions import FunctionTable
from step.simulate.precision import floating
from step.source.environment import Environment, runtime_environment


@dataclass(frozen=True, eq=False)
class LoadedModule:
    """A user's module after it ran under a choice.

    ``environment`` is the scope in which bodies are read; ``neighbours`` are the user's own files that the module
    imported, with what :func:`stamp` said of them.
    """

    path: str
    text: str
    choice: Choice
    namespace: Mapping[str, Any]
    operators: Mapping[str, Operator]
    environment: Environment
    neighbours: tuple[tuple[str, Stamp | None], ...]

    @property
    def functions(self) -> Mapping[str, DeclaredFunction]:
        """Every declared function, by the expression that a body names it with."""
        return self.environment.functions

    @cached_property
    def table(self) -> FunctionTable:
        """The functions, ready to be called on batches."""
        return FunctionTable(self.functions, self.sizes, self.choice.precision, self.path)

    @property
    def sizes(self) -> Mapping[str, int]:
        """The size of every dimension the module declared, by symbol."""
        return self.choice.actual


_OWN = ("step", "step_agents", "step_server")

Stamp = tuple[int, int]
"""A file's modification time in nanoseconds, and its size in bytes."""


def stamp(path: str) -> Stamp | None:
    """What tells whether a file changed; None if it cannot be read."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def load(text: str, path: str, choice: Choice) -> LoadedModule:
    """Runs a module's text as the file at ``path`` under a choice, in a fresh namespace.

    Modules beside the file can be imported; they run under the same choice, so they are forgotten afterwards.

    Raises:
        SimulationError: ``STEP-SYNTAX`` if the text is not Python, ``STEP-MODULE`` if it raises, with the line.
    """
    file = str(Path(path).resolve()) if path and not path.startswith("<") else path or "<module>"
    # Unsaved text: tracebacks and messages must show it, not what is on the disk.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    code = _compile(text, file)
    folder = str(Path(file).parent) if not file.startswith("<") else ""
    module = types.ModuleType(_module_name(file))
    module.__file__ = file
    _seed(choice.seed)
    precision = floating(choice.precision, "torch" in text)
    with _importing(folder, module) as neighbours, choosing(choice), precision:
        try:
            exec(code, module.__dict__)
        except SystemExit as error:
            raise SimulationError(
                "STEP-MODULE",
                f"the module ended the process (exit code {error.code}) while it was imported",
                span=last_span(error.__traceback__, file),
            ) from error
        except (DeclarationError, SizeError) as error:
            raise SimulationError("STEP-MODULE", str(error), span=last_span(error.__traceback__, file)) from error
        except MemoryError:
            raise
        except BaseException as error:  # whatever a module raises, even what is meant to end a program
            raise _import_problem(error, file) from error
        stamps = tuple((neighbour, stamp(neighbour)) for neighbour in neighbours())
    namespace = module.__dict__
    return LoadedModule(file, text, choice, namespace, _operators(namespace), runtime_environment(namespace), stamps)


def _seed(seed: int) -> None:
    """A module that draws numbers by itself means the same whenever it runs."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@lru_cache(maxsize=32)
def _compile(text: str, file: str) -> types.CodeType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(text.removeprefix("\ufeff"), file, "exec", dont_inherit=True)
    except SyntaxError as error:
        line, column = (error.lineno or 1) - 1, max((error.offset or 1) - 1, 0)
        end_line, end_column = (error.end_lineno or line + 1) - 1, max((error.end_offset or 1) - 1, 0)
        span = Span(line, column, end_line, end_column)
        if (end_line, end_column) <= (line, column):
            span = line_span(file, line + 1)
        raise SimulationError("STEP-SYNTAX", f"not valid Python: {error.msg}", span=span) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SimulationError("STEP-SYNTAX", f"not valid Python: {error}", span=NOWHERE) from error


def _import_problem(error: BaseException, file: str) -> SimulationError:
    span = last_span(error.__traceback__, file)
    advice = _missing(error.name or "", file) if isinstance(error, ModuleNotFoundError) else ""
    return SimulationError(
        "STEP-MODULE", f"the module cannot be imported: {describe(error)}{advice}", span=span or NOWHERE
    )


def _missing(name: str, file: str) -> str:
    """What to do about an import that finds nothing: a slip in the name of a file beside this one, or a package."""
    beside = [one.stem for one in Path(file).parent.glob("*.py") if one.stem != Path(file).stem]
    close = get_close_matches(name, beside, 1, 0.6)
    if close:
        return f"; did you mean `{close[0]}`, which is beside this file?"
    return (
        f": it is no file beside this one, and no package of {sys.executable}: install it there, or choose another "
        "interpreter"
    )


def _module_name(file: str) -> str:
    stem = Path(file).stem
    return f"step_checked_{stem}" if stem.isidentifier() else "step_checked_module"


def _operators(namespace: Mapping[str, Any]) -> Mapping[str, Operator]:
    return {value.name: value for value in namespace.values() if isinstance(value, Operator)}


@contextlib.contextmanager
def _importing(folder: str, module: types.ModuleType) -> Iterator[Any]:
    """While inside, modules beside the file can be imported; afterwards they are forgotten."""
    before = {*sys.modules, module.__name__}
    sys.modules[module.__name__] = module  # dataclasses look their module up
    if folder:
        sys.path.insert(0, folder)
        importlib.invalidate_caches()

    def neighbours() -> list[str]:
        return [file for _, file in _new_modules(before)]

    try:
        yield neighbours
    finally:
        if folder and folder in sys.path:
            sys.path.remove(folder)
        sys.modules.pop(module.__name__, None)
        for name, _ in _new_modules(before):
            del sys.modules[name]


def _new_modules(before: set[str]) -> list[tuple[str, str]]:
    """The user's own modules that were imported since: not the interpreter's, and not installed packages."""
    found = []
    for name in [name for name in sys.modules if name not in before]:
        file = getattr(sys.modules[name], "__file__", None)
        if name.split(".")[0] not in _OWN and isinstance(file, str) and file.endswith(".py") and _is_users(file):
            found.append((name, file))
    return found


def _is_users(file: str) -> bool:
    if f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file:
        return False
    return not file.startswith(_installed())


@cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    own = str(Path(__file__).resolve().parents[2])
    roots = [own, *(paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib"))]
    return tuple(root.rstrip(os.sep) + os.sep for root in roots)
