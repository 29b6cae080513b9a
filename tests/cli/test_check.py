"""`steplang check`: static and functional, exit codes, JSON, fixes, excerpts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import steplang
from tests.server.samples import ENDLESS, HOLE, SOLVED, TWICE, WRONG


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_right_operator_passes(folder: Path) -> None:
    done = steplang("check", write(folder, "a.py", SOLVED), cwd=folder)
    assert done.code == 0 and done.err == ""
    assert done.out.startswith("✓ rms_norm: passed") and "1 operator in 1 file: 1 passed" in done.out


def test_json_is_as_pinned_and_alone(folder: Path) -> None:
    write(folder, "a.py", SOLVED)
    write(folder, "b.py", WRONG)
    write(folder, "c.py", HOLE)
    done = steplang("check", "--json", ".", cwd=folder)
    assert done.code == 1
    assert set(done.json) == {"operators", "ok"} and done.json["ok"] is False
    found = {one["file"]: one for one in done.json["operators"]}
    assert {name: one["status"] for name, one in found.items()} == {"a.py": "passed", "b.py": "failed", "c.py": "hole"}
    keys = {"file", "operator", "status", "seconds", "max_abs_error", "diagnostics"}
    assert all(set(one) == keys and one["operator"] == "rms_norm" for one in found.values())
    assert found["a.py"]["max_abs_error"] < 1e-12
    (difference,) = found["b.py"]["diagnostics"]
    assert set(difference) == {"code", "message", "severity", "range"} and difference["code"] == "STEP-VALUE"
    line = WRONG[: WRONG.index("def rms_norm")].count("\n")
    assert difference["range"]["start"] == {"line": line, "character": 4}


def test_a_mistake_is_shown_with_its_lines(folder: Path) -> None:
    done = steplang("check", write(folder, "a.py", TWICE), cwd=folder)
    assert done.code == 1
    line = TWICE[: TWICE.index("    pairs")].count("\n") + 1
    assert "error[STEP-AFFINE]: `x` is consumed twice" in done.out and f"--> a.py:{line}:31" in done.out
    assert f"{line} |     pairs = step.Zip().apply((x, scales))\n   |                               ^\n" in done.out
    first = TWICE[: TWICE.index("    squares")].count("\n") + 1
    mark = "   |                                         - `x` is consumed here first\n"
    assert f"{first} |     squares = step.Map(fn=square).apply(x)\n{mark}" in done.out
    assert done.out.count("pairs = step.Zip") == 1


def test_a_stream_that_is_used_three_times_is_one_mistake_in_few_lines(folder: Path) -> None:
    text = TWICE.replace("    pairs = ", "    more = step.Map(fn=square).apply(x)\n    pairs = ")
    done = steplang("check", "--static", write(folder, "a.py", text), cwd=folder)
    told = done.out[done.out.index("error[") : done.out.index("✗")].strip()
    assert told.startswith("error[STEP-AFFINE]: `x` is consumed 3 times") and "error[" not in told[1:]
    assert "- `x` is consumed here first" in told and "- and here again" in told and "- `x` is made here" in told
    assert len(told.split("\n")) <= 13


def test_a_hole_whose_declaration_cannot_be_met_is_told_by_check(folder: Path) -> None:
    path = write(folder, "a.py", HOLE.replace("    return x / ", "    return x[:, :1] / "))
    done = steplang("check", path, cwd=folder)
    assert done.code == 1 and "error[STEP-REFERENCE]: the reference gives a wrong shape" in done.out
    assert "| def reference(x):" in done.out and "- the reference of rms_norm" in done.out
    assert steplang("check", "--static", path, cwd=folder).code == 0
    right = steplang("check", write(folder, "b.py", HOLE), cwd=folder)
    assert right.code == 0 and "○ rms_norm: hole" in right.out


def test_static_runs_nothing(folder: Path) -> None:
    mark = folder / "ran"
    path = write(folder, "a.py", SOLVED + f"\nopen({str(mark)!r}, 'w').close()\n")
    done = steplang("check", "--static", path, cwd=folder)
    assert done.code == 0 and not mark.exists() and "passed" not in done.out
    assert "✓ rms_norm: no static errors" in done.out and "checked statically only, nothing was run" in done.out
    assert steplang("check", "--static", "--json", path, cwd=folder).json["static"] is True
    assert steplang("check", path, cwd=folder).code == 0 and mark.exists()


def test_fix_mends_first_and_keeps_the_rest(folder: Path) -> None:
    path = write(folder, "a.py", "# kept\n" + TWICE)
    path.chmod(0o640)
    done = steplang("check", "--fix", "--json", path, cwd=folder)
    assert done.code == 0 and done.json["operators"][0]["status"] == "passed"
    assert "Copy" in done.err
    (fix,) = done.json["fixes"]
    assert (fix["file"], fix["rule"], fix["title"]) == (str(path), "insert-copy", "Insert Copy for `x`")
    assert path.read_text().startswith("# kept\n") and "step.Copy().apply(x)" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640


def test_fix_changes_nothing_that_is_right(folder: Path) -> None:
    path = write(folder, "a.py", SOLVED.replace("\n", "\r\n"))
    before = path.read_bytes()
    assert steplang("check", "--fix", "--static", path, cwd=folder).code == 0
    assert path.read_bytes() == before


def test_folders_skip_what_is_not_the_users(folder: Path) -> None:
    write(folder, "src/a.py", SOLVED)
    write(folder, "src/other.py", "import numpy\n")
    write(folder, ".hidden/a.py", TWICE)
    write(folder, "env/pyvenv.cfg", "")
    write(folder, "env/a.py", TWICE)
    write(folder, "node_modules/a.py", TWICE)
    done = steplang("check", "--static", "--json", folder, cwd=folder)
    assert [Path(one["file"]).name for one in done.json["operators"]] == ["a.py"] and done.code == 0


def test_what_fails_every_operator_alike_is_told_once(folder: Path) -> None:
    text = SOLVED.replace("D, N = step", "1 / 0\nD, N = step") + SOLVED[SOLVED.index("@step.operator") :].replace(
        "rms_norm", "other"
    )
    done = steplang("check", write(folder, "a.py", text), cwd=folder)
    assert done.out.count("error[STEP-MODULE]") == 1 and done.out.count("✗") == 2
    assert "steplang explain STEP-MODULE" in done.err
    again = steplang("check", "--json", "a.py", cwd=folder)
    assert all(one["diagnostics"][0]["code"] == "STEP-MODULE" for one in again.json["operators"])


def test_a_loop_without_an_end(folder: Path) -> None:
    done = steplang("check", "--timeout", "1", "--json", write(folder, "a.py", ENDLESS), cwd=folder)
    assert done.code == 1 and done.json["operators"][0]["status"] == "timeout"


def test_a_file_that_does_not_parse_is_one_message_and_the_others_are_checked(folder: Path) -> None:
    write(folder, "a.py", SOLVED + "\ndef f(:\n")
    write(folder, "b.py", SOLVED)
    done = steplang("check", "--static", "--json", ".", cwd=folder)
    assert done.code == 1
    assert [(one["file"], one["operator"], one["status"]) for one in done.json["operators"]] == [
        ("a.py", None, "error"),
        ("a.py", "rms_norm", "passed"),
        ("b.py", "rms_norm", "passed"),
    ]


def test_usage_is_exit_code_two(folder: Path) -> None:
    done = steplang("check", "nothing.py", cwd=folder)
    assert done.code == 2 and "no file or folder nothing.py" in done.err and "Traceback" not in done.err
    assert steplang("check", cwd=folder).code == 2
    missing = steplang("check", "nothing.py", "--json", cwd=folder)
    assert missing.code == 2 and missing.json["ok"] is False and missing.json["operators"] == []
    assert missing.json["error"] == {"code": "USAGE", "message": "there is no file or folder nothing.py"}
    assert steplang("no-such-command", cwd=folder).code == 2
    assert steplang("check", "--timeout", "0", ".", cwd=folder).code == 2


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "a.py").write_bytes(b"import step\n\xff\xfe")
    done = steplang("check", "a.py", cwd=folder)
    assert done.code == 1 and "not UTF-8" in done.out and "Traceback" not in done.err


def test_a_missing_python(folder: Path) -> None:
    done = steplang("check", "--python", "/no/python", "--json", write(folder, "a.py", SOLVED), cwd=folder)
    assert done.code == 1 and done.json["operators"][0]["diagnostics"][0]["code"] == "STEP-INTERPRETER"


def test_an_empty_folder(folder: Path) -> None:
    done = steplang("check", "--json", ".", cwd=folder)
    assert done.code == 0 and done.json == {"operators": [], "ok": True}
    write(folder, "other.py", "x = 1\n")
    done = steplang("check", "other.py", cwd=folder)
    assert done.code == 0 and "nothing to check: no operator in other.py" in done.err


def test_a_forgotten_import_of_step_is_an_error(folder: Path) -> None:
    write(folder, "a.py", SOLVED.replace("import step\n", ""))
    done = steplang("check", ".", cwd=folder)
    assert done.code == 1 and done.out.count("error[") == 1
    assert "error[STEP-NAME]: `step` is not defined: add `import step`" in done.out


def test_one_mistake_in_a_declaration_is_said_once(folder: Path) -> None:
    write(folder, "a.py", SOLVED.replace("step.dims(D=16, N=7)", 'step.dims("D", "N")'))
    done = steplang("check", ".", cwd=folder)
    assert done.code == 1 and done.out.count("error[") == 1 and "✗ rms_norm: error" in done.out


def test_a_function_that_cannot_be_called_is_told_once_and_at_its_name(folder: Path) -> None:
    write(folder, "a.py", SOLVED.replace("def add(total, x):", "def add(total, count, x):"))
    done = steplang("check", ".", cwd=folder)
    assert done.code == 1 and done.out.count("error[") == 1
    assert "error[STEP-DECLARATION]: step.fn: add takes 3 arguments, and is called with 2" in done.out


def test_an_operator_whose_branch_does_not_run_is_skipped_with_a_warning(folder: Path) -> None:
    head, declared = SOLVED.split("@step.operator", 1)
    inside = "".join(f"    {line}\n" if line else "\n" for line in f"@step.operator{declared}".splitlines())
    path = write(folder, "a.py", f"{head}try:\n    import no_such_package\n{inside}except ImportError:\n    pass\n")
    done = steplang("check", path, cwd=folder)
    assert done.code == 0 and "- rms_norm: skipped" in done.out and "1 operator in 1 file: 1 skipped" in done.out
    assert "warning[STEP-BRANCH]: `rms_norm` does not exist at run time" in done.out
    found = steplang("check", "--json", path, cwd=folder).json
    assert found["ok"] and [one["status"] for one in found["operators"]] == ["skipped"]
    assert [one["severity"] for one in found["operators"][0]["diagnostics"]] == ["warning"]


def test_one_operator_of_a_file(folder: Path) -> None:
    other = SOLVED[SOLVED.index("@step.operator") :].replace("rms_norm", "other").replace("fn=div", "fn=dvi")
    path = write(folder, "a.py", SOLVED + "\n\n" + other)
    done = steplang("check", "--json", f"{path}:rms_norm", cwd=folder)
    assert [one["operator"] for one in done.json["operators"]] == ["rms_norm"] and done.code == 0
    both = steplang("check", "--json", f"{path}:rms_norm", f"{path}:other", cwd=folder)
    assert [one["operator"] for one in both.json["operators"]] == ["rms_norm", "other"] and both.code == 1
    missing = steplang("check", f"{path}:rms_nrom", cwd=folder)
    assert missing.code == 2 and "did you mean rms_norm?" in missing.err


def test_an_operator_without_a_body_is_told_what_a_hole_is(folder: Path) -> None:
    done = steplang("check", write(folder, "a.py", SOLVED.split("    x0, x1")[0]), cwd=folder)
    assert done.code == 1 and "a body that is still to be written is `...`" in done.out
