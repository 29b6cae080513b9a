"""The other commands: synth, graph, convert, experience, bench, report, lsp."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from contextlib import closing
from pathlib import Path

import pytest
from step_agents.convert import convert

from tests.cli.run import steplang
from tests.server.samples import HOLE, SOLVED, TWICE


@pytest.fixture
def hole(tmp_path: Path) -> Path:
    path = tmp_path / "hole.py"
    path.write_text(HOLE)
    return path


def test_synth_shows_writes_and_remembers(hole: Path) -> None:
    folder = hole.parent
    done = steplang("synth", hole, "--json", cwd=folder)
    assert done.code == 0
    keys = {"operator", "status", "proposer", "body", "seconds", "candidates", "tokens", "fixes", "diff"}
    assert keys <= set(done.json) and done.json["status"] == "solved" and done.json["proposer"] == "search"
    assert hole.read_text() == HOLE
    done = steplang("synth", f"{hole}:rms_norm", "--diff", cwd=folder)
    assert done.code == 0 and "\n-    ...\n" in done.out and "+    return step." in done.out
    assert "by experience" in done.err
    assert steplang("synth", hole, "--write", cwd=folder).code == 0
    assert "return step." in hole.read_text()
    assert steplang("check", hole, cwd=folder).code == 0
    listed = steplang("experience", "list", "--json", cwd=folder).json["experiences"]
    assert [one["operator"] for one in listed] == ["rms_norm"]
    shown = steplang("experience", "show", listed[0]["id"], cwd=folder)
    assert "@step.operator" in shown.out
    exported = folder / "all.jsonl"
    assert steplang("experience", "export", exported, cwd=folder).code == 0
    exported.write_text(exported.read_text() + "\n")
    mine = exported.read_text()
    done = steplang("experience", "export", exported, cwd=folder)
    assert done.code == 2 and "is there already: give another name, or --force to replace it" in done.err
    assert exported.read_text() == mine
    assert steplang("experience", "export", "--force", exported, cwd=folder).code == 0
    assert exported.read_text() + "\n" == mine
    assert len(exported.read_text().splitlines()) == 1
    done = steplang("experience", "import", exported, "--json", cwd=folder)
    assert done.json == {"new": 0, "known": 1, "problems": []}
    assert steplang("experience", "stats", "--json", cwd=folder).json["experiences"] == 1
    assert steplang("experience", "recheck", "--json", cwd=folder).json["set_aside"] == []


def test_synth_does_not_wait_long_for_a_database_that_another_program_holds(hole: Path) -> None:
    folder = hole.parent
    assert steplang("synth", hole, cwd=folder).code == 0
    hole.write_text(hole.read_text().replace("+ 1e-5", "+ 1e-4"))
    with closing(sqlite3.connect(folder / "experience.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        done = steplang("synth", hole, "--write", cwd=folder)
    assert time.monotonic() - started < 15  # what a command that needs the database waits for it
    assert done.code == 0 and "return" in hole.read_text().partition("def rms_norm")[2]
    assert "experience.db is held by another program: this result was not recorded\n" in done.err


def test_synth_repairs(hole: Path) -> None:
    hole.write_text(TWICE)
    done = steplang("synth", hole, "--repair", "--write", "--no-experience", cwd=hole.parent)
    assert done.code == 0 and "step.Copy()" in hole.read_text() and "guardian: " in done.err


def test_synth_says_where_there_is_nothing_to_change(hole: Path) -> None:
    hole.write_text(SOLVED)
    before = hole.stat().st_mtime_ns
    done = steplang("synth", hole, "--repair", "--write", "--no-experience", cwd=hole.parent)
    assert (done.code, done.out) == (0, "") and "is right as it is, so nothing was written" in done.err
    assert hole.stat().st_mtime_ns == before
    done = steplang("synth", hole, "--repair", "--write", "--json", "--no-experience", cwd=hole.parent)
    assert done.json["status"] == "solved" and done.json["written"] is False and done.json["diff"] == ""


def test_a_repair_of_a_typo_changes_one_word(hole: Path) -> None:
    hole.write_text(SOLVED.replace("fn=square)", "fn=sqaure)").replace("apply(total)", "apply(total)  # mine"))
    done = steplang("synth", hole, "--repair", "--write", "--no-experience", cwd=hole.parent)
    assert done.code == 0 and "Change `sqaure` to `square`" in done.err
    assert hole.read_text() == SOLVED.replace("apply(total)", "apply(total)  # mine")


def test_synth_replaces_a_body_only_where_it_is_named(hole: Path) -> None:
    hole.write_text(SOLVED)
    done = steplang("synth", hole, "--write", cwd=hole.parent)
    assert done.code == 2 and "has no hole" in done.err and hole.read_text() == SOLVED


def test_synth_says_what_is_wrong_with_a_question(hole: Path) -> None:
    folder = hole.parent
    for arguments, reason in (
        (("nothing.py",), "no file"),
        ((hole, "--budget", "0"), "budget"),
        ((hole, "--proposer", "serch"), "there is no proposer 'serch'; did you mean search?"),
        ((f"{hole}:other",), "no operator"),
        ((hole, "--proposer", "anthropic", "--no-experience"), "ANTHROPIC_API_KEY"),
    ):
        done = steplang("synth", *arguments, cwd=folder)
        assert done.code in (1, 2) and reason in done.err and "Traceback" not in done.err, arguments
    assert hole.read_text() == HOLE
    missing = steplang("synth", "nothing.py", "--json", cwd=folder)
    assert missing.json["status"] == "error" and missing.json["error"]["message"] == "there is no file nothing.py"


def test_graph_says_why_it_draws_nothing(hole: Path) -> None:
    done = steplang("graph", hole, cwd=hole.parent)
    assert (done.code, done.out) == (1, "") and "rms_norm is a hole" in done.err and "steplang synth" in done.err
    hole.write_text(SOLVED.replace("fn=square", "fn=sqaure"))
    done = steplang("graph", hole, "--out", hole.parent / "a.svg", cwd=hole.parent)
    assert done.code == 1 and not (hole.parent / "a.svg").exists()
    assert "did you mean `square`?" in done.err and "cannot be read as a program" in done.err
    hole.write_text(SOLVED.replace("fn=div", "fn=square"))
    done = steplang("graph", hole, "--format", "dot", cwd=hole.parent)
    assert done.code == 0 and done.out.startswith("digraph") and "drawn with its mistakes" in done.err


def test_graphs(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOLVED)
    svg = ElementTree.fromstring(steplang("graph", path, cwd=tmp_path).out)
    labels = {one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Copy", "Accum", "fn=add, b=1", "f32, [D, N]", "x", "output"} <= labels
    assert steplang("graph", path, "--format", "mermaid", cwd=tmp_path).out.startswith("flowchart TD\n")
    assert steplang("graph", path, "--format", "dot", cwd=tmp_path).out.startswith('digraph "rms_norm" {')
    graph = json.loads(steplang("graph", f"{path}:rms_norm", "--format", "json", cwd=tmp_path).out)
    kinds = [one["kind"] for one in graph["nodes"]]
    assert kinds.count("primitive") == 7 and kinds.count("input") == kinds.count("output") == 1
    ids = {one["id"] for one in graph["nodes"]}
    assert all(one["source"] in ids and one["target"] in ids and one["state"] == "ok" for one in graph["edges"])
    assert steplang("graph", f"{path}:nobody", cwd=tmp_path).code == 2


def test_boxes_of_a_graph_do_not_overlap(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOLVED)
    svg = ElementTree.fromstring(steplang("graph", path, cwd=tmp_path).out)
    boxes = [
        tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        for one in svg.iter("{http://www.w3.org/2000/svg}rect")
        if one.attrib["class"] in ("box", "ground")
    ]
    for index, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[index + 1 :]:
            apart = x + width <= other_x or other_x + other_width <= x
            assert apart or y + height <= other_y or other_y + other_height <= y


def test_convert_there_and_back(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOLVED)
    assert steplang("convert", "a.py", "a.yaml", cwd=tmp_path).code == 0
    assert steplang("convert", "a.yaml", "b.py", cwd=tmp_path).code == 0
    assert steplang("check", "b.py", cwd=tmp_path).code == 0
    assert steplang("convert", "a.py", "test_a.py", cwd=tmp_path).code == 0
    (tmp_path / "b.py").write_text("# written by hand")
    done = steplang("convert", "a.yaml", "b.py", cwd=tmp_path)
    assert done.code == 2 and "--force" in done.err and (tmp_path / "b.py").read_text() == "# written by hand"
    assert steplang("convert", "a.yaml", "b.py", "--force", cwd=tmp_path).code == 0
    assert steplang("check", "b.py", cwd=tmp_path).code == 0
    done = steplang("convert", "a.py", "a.yaml/b.yaml", cwd=tmp_path)
    assert done.code == 2 and "a.yaml/b.yaml: cannot be written" in done.err and f".{os.getpid()}" not in done.err
    (tmp_path / "broken.yaml").write_text("a: [")
    done = steplang("convert", "broken.yaml", "c.py", cwd=tmp_path)
    assert done.code == 1 and "broken.yaml:1:5: not YAML" in done.err and not (tmp_path / "c.py").exists()
    done = steplang("convert", "a.py", "a.png", cwd=tmp_path)
    assert done.code == 2 and "known are" in done.err
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert steplang("convert", "a.png", "c.py", cwd=tmp_path).code == 2
    done = steplang("convert", "a.py:nothing", "c.yaml", cwd=tmp_path)
    assert done.code == 2 and "has no operator nothing" in done.err


def test_a_pytest_module_that_is_moved_away_says_so_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOLVED)
    assert steplang("convert", "a.py", "test_a.py", cwd=tmp_path).code == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "test_a.py").rename(tmp_path / "other" / "test_a.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "other/test_a.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and f"there is no file {tmp_path / 'other' / 'a.py'}: move it back" in done.stdout
    assert "Traceback" not in done.stdout and "pathlib" not in done.stdout and "FileNotFoundError" not in done.stdout


def test_who_has_no_pytest_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(SOLVED)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (note,) = convert(tmp_path / "a.py", tmp_path / "test_a.py").notes
    assert "pip install pytest" in note
    assert convert(tmp_path / "a.py", tmp_path / "a.yaml").notes == ()


def test_bench_and_report(tmp_path: Path) -> None:
    arguments = ("bench", "--tasks", "norm/G_0_8_01", "--budget", "30", "--out", tmp_path / "runs", "--no-experience")
    done = steplang(*arguments, "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    (task,) = done.json["tasks"]
    keys = {"id", "group", "operator", "status", "seconds", "candidates", "passes", "samples", "tokens", "length"}
    assert keys <= set(task) and task["status"] == "solved" and task["operator"] == "rms_norm"
    assert " 1 sample · " in done.err and "1 samples" not in done.err
    assert {"solved", "total", "seconds", "tokens", "pass_at_1", "pass_at_n"} <= set(done.json)
    run = tmp_path / "runs" / done.json["run"]
    page = tmp_path / "report.html"
    reported = steplang("report", run, "--html", page, cwd=tmp_path)
    assert reported.code == 0 and "1 of 1 solved" in reported.out and "<html" in page.read_text()
    assert "<td>rms_norm</td>" in page.read_text()
    assert steplang("report", "no-such-run", "--out", tmp_path, cwd=tmp_path).code == 2
    assert steplang("bench", "--suite", "no-such-suite", cwd=tmp_path).code == 2


def test_version_and_help(tmp_path: Path) -> None:
    assert steplang("--version", cwd=tmp_path).out.startswith("steplang 0.")
    done = steplang("check", "--help", cwd=tmp_path)
    assert done.code == 0 and "--static" in done.out and "--fix" in done.out
