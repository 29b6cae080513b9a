"""Numbers that make no sense are told by the option's name, before anything is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import steplang
from tests.server.samples import HOLE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "hole.py", "--timeout", "nan"), "--timeout must be a number above 0; got nan"),
        (("check", "hole.py", "--memory", "0"), "--memory must be at least 1; got 0"),
        (("synth", "hole.py", "--budget", "inf"), "--budget must be a number above 0; got inf"),
        (("synth", "hole.py", "--workers", "0"), "--workers must be at least 1; got 0"),
        (("synth", "hole.py", "--seed", "-1"), "--seed must be at least 0; got -1"),
    ],
)
def test_it_is_told(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    (tmp_path / "hole.py").write_text(HOLE)
    done = steplang(*arguments, cwd=tmp_path)
    assert done.code == 2 and told in done.err and done.out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("--suite", "empty"), "CAMPAIGN-SUITE", 2),
        (("--tasks", "nothing/*"), "CAMPAIGN-SUITE", 2),
        (("--resume", "nothing"), "CAMPAIGN-RUN", 2),
        (("--proposer", "anthropic"), "MODEL-KEY-MISSING", 1),
        (("--budget", "nan"), "USAGE", 2),
    ],
)
def test_a_bench_that_cannot_begin_is_json_where_that_was_asked_for(
    tmp_path: Path, arguments: tuple[str, ...], code: str, exit_code: int
) -> None:
    (tmp_path / "empty").mkdir()
    done = steplang("bench", "--json", "--out", "runs", *arguments, cwd=tmp_path)
    assert done.code == exit_code
    assert (done.json["ok"], done.json["error"]["code"], done.json["tasks"]) == (False, code, [])
