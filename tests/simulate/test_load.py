from __future__ import annotations

import linecache
import sys
import textwrap
from pathlib import Path

import pytest
from step.choice import Choice
from step.simulate.errors import SimulationError
from step.simulate.load import load, stamp

from tests.simulate.written import module_text


def test_runs_under_the_choice() -> None:
    module = load("import step\nD, N = step.dims(D=4, N=6)\nW = step.parameter([D, N])", "m.py", Choice({"D": 10}))
    assert dict(module.sizes) == {"D": 10, "N": 6}
    assert module.namespace["W"].shape == (6, 10)
    assert module.namespace["W"].dtype == "float64"


def test_parameters_depend_on_the_seed_only() -> None:
    text = "import step\nW = step.parameter([4])"
    first, same, other = (load(text, "m.py", Choice(seed=seed)).namespace["W"] for seed in (0, 0, 1))
    assert (first == same).all()
    assert (first != other).any()


def test_modules_that_draw_numbers_themselves_mean_the_same_each_time() -> None:
    text = "import numpy as np, random\nW = np.random.rand(4)\nr = random.random()"
    first, same, other = (load(text, "m.py", Choice(seed=seed)).namespace for seed in (3, 3, 4))
    assert (first["W"] == same["W"]).all() and first["r"] == same["r"]
    assert (first["W"] != other["W"]).all()


def test_functions_under_the_names_that_bodies_write() -> None:
    text = textwrap.dedent("""
        import step
        from step import f32
        def make(k):
            @step.fn(f32, f32)
            def scale(x):
                return k * x
            return scale
        twice = make(2)
        experts = [make(3), make(4), twice]
    """)
    module = load(text, "m.py", Choice())
    assert set(module.functions) == {"twice", "experts[0]", "experts[1]"}
    assert module.functions["experts[1]"].body(1) == 4


def test_neighbours_are_imported_fresh_and_watched(tmp_path: Path) -> None:
    (tmp_path / "common_dims.py").write_text("import step\nD = step.dim('D', 4)\n")
    path = str(tmp_path / "operators.py")
    text = "from common_dims import D\nsize = D.size\n"
    before = list(sys.path)
    assert load(text, path, Choice()).namespace["size"] == 4
    module = load(text, path, Choice({"D": 8}))
    assert module.namespace["size"] == 8
    assert "common_dims" not in sys.modules
    assert sys.path == before
    neighbour = str(tmp_path / "common_dims.py")
    assert module.neighbours == ((neighbour, stamp(neighbour)),)
    assert stamp(str(tmp_path / "nowhere.py")) is None


def test_tracebacks_show_the_unsaved_text(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("on = 'disk'\n")
    with pytest.raises(SimulationError) as caught:
        load("import step\n\n    \nboom = 1 / 0\n", str(path), Choice())
    assert linecache.getline(str(path), 4) == "boom = 1 / 0\n"
    assert (caught.value.code, caught.value.span) == ("STEP-MODULE", (3, 0, 3, 12))
    assert "division by zero" in caught.value.message


def test_dataclasses_and_main_guards_work() -> None:
    text = textwrap.dedent("""
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Config:
            width: int = 3
        if __name__ == "__main__":
            raise SystemExit
    """)
    assert load(text, "m.py", Choice()).namespace["Config"]().width == 3


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("x = (", "STEP-SYNTAX", "never closed"),
        ("def f(:", "STEP-SYNTAX", "not valid Python"),
        ("raise KeyError('a')", "STEP-MODULE", "KeyError: 'a'"),
        ("import no_such_package", "STEP-MODULE", "choose another interpreter"),
        ("sys.exit(3)", "STEP-MODULE", "exit code 3"),
        ("raise KeyboardInterrupt", "STEP-MODULE", "KeyboardInterrupt"),
        ("step.dim('K', -1)", "STEP-MODULE", "whole number from 0"),
        ("step.stream(f32, [])", "STEP-MODULE", "one dimension at least"),
    ],
)
def test_what_a_module_raises_is_reported_at_its_line(line: str, code: str, words: str) -> None:
    text = module_text(top=line)
    with pytest.raises(SimulationError) as caught:
        load(text, str(Path("some") / "m.py"), Choice())
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.span is not None
    assert caught.value.span.line == text.splitlines().index(line)


def test_null_bytes_are_a_syntax_error() -> None:
    with pytest.raises(SimulationError, match="not valid Python"):
        load("x = 1\0", "m.py", Choice())


def test_a_misspelt_file_beside_the_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("D = 8\n")
    with pytest.raises(SimulationError, match=r"did you mean `helpers`, which is beside this file\?"):
        load("import step\nfrom helper import D\n", str(tmp_path / "m.py"), Choice())
