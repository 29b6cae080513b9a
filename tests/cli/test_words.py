"""What is misspelt on the command line is told with what may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from step_server.cli.words import meant

from tests.cli.run import steplang
from tests.server.samples import HOLE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chek", "a.py"), "there is no command 'chek'; did you mean check?"),
        (("experience", "lst"), "there is no action 'lst'; did you mean list?"),
        (("check", "--stattic", "."), "unknown argument: --stattic; did you mean --static?"),
        (("graph", "a.py", "--format", "mermiad"), "did you mean mermaid?"),
        (("synth", "a.py", "--guardian", "rule"), "did you mean rules?"),
        (("synth", "a.py", "--proposer=serch"), "no file"),
        (("bench", "--suite", "papr"), "there is no suite 'papr'; did you mean paper?"),
        (("bench", "--proposer", "serch"), "there is no proposer 'serch'; did you mean search?"),
        (("synth", "hole.py:rms_nrm"), "there is no operator 'rms_nrm' in hole.py; did you mean rms_norm? (there is"),
        (("graph", "hole.py:norm_rms"), "there is no operator 'norm_rms' in hole.py"),
        (("frobnicate",), "there is no command 'frobnicate' (there are check,"),
    ],
)
def test_it_says_what_may_be_meant(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    (tmp_path / "hole.py").write_text(HOLE)
    done = steplang(*arguments, cwd=tmp_path)
    assert done.code == 2 and told in done.err and "Traceback" not in done.err and done.out == ""
    assert done.err.rstrip().count("\n") <= 8


def test_a_mistake_in_the_arguments_is_json_where_that_was_asked_for(tmp_path: Path) -> None:
    done = steplang("check", "--json", "--fixx", ".", cwd=tmp_path)
    assert done.code == 2 and done.json["error"]["message"] == "unknown argument: --fixx; did you mean --fix?"


@pytest.mark.parametrize(
    ("word", "known", "wanted"),
    [
        ("chek", ["check", "synth"], "check"),
        ("SVG", ["svg", "dot"], "svg"),
        ("exp", ["experience", "check"], "experience"),
        ("e", ["experience"], None),
        ("zzz", ["experience", "check"], None),
    ],
)
def test_the_likest_word(word: str, known: list[str], wanted: str | None) -> None:
    assert meant(word, known) == wanted


def test_a_synthesis_says_that_step_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HOLE.replace("import step\n", ""))
    done = steplang("synth", "a.py", cwd=tmp_path)
    assert done.code == 2 and "`step` is not defined: add `import step`" in done.err and "a.py:" in done.err
