"""Neovim, headless, as a second real client: diagnostics, hover, a quick fix, and synthesis by a code action."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.debian import PackageMissing
from tests.neovim.install import neovim
from tests.server.samples import HOLE, TWICE

pytestmark = pytest.mark.neovim

LIMIT = 300.0
"""Seconds for the whole session."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Neovim saw."""
    folder = tmp_path_factory.mktemp("neovim")
    (folder / "twice.py").write_text(TWICE)
    (folder / "hole.py").write_text(HOLE)
    result = folder / "result.json"
    try:
        program = neovim()
    except PackageMissing as error:
        pytest.fail(str(error))
    environment = {
        **os.environ,
        "STEP_SERVER": str(Path(sys.executable).parent / "steplang"),
        "STEP_FILES": str(folder),
        "STEP_RESULT": str(result),
        "STEPLANG_EXPERIENCE": f"sqlite:///{folder / 'experience.db'}",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "NVIM_LOG_FILE": str(folder / "nvim.log"),
    }
    script = Path(__file__).with_name("drive.lua")
    done = subprocess.run(
        [program, "--headless", "-u", "NONE", "-n", "-c", f"luafile {script}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        stdin=subprocess.DEVNULL,
    )
    assert result.exists(), done.stderr
    seen: dict[str, Any] = json.loads(result.read_text())
    assert "problem" not in seen, (seen.get("problem"), done.stderr)
    seen["file"] = (folder / "hole.py").read_text()
    return seen


def test_diagnostics_are_shown(session: dict[str, Any]) -> None:
    assert session["codes"] == ["STEP-AFFINE"]


def test_a_hover_tells_the_type(session: dict[str, Any]) -> None:
    assert "`f32, [D, N]`" in session["hover"] and "made by `Map(fn=square)`" in session["hover"]


def test_a_quick_fix_mends(session: dict[str, Any]) -> None:
    assert "Copy" in session["titles"][0] and "Repair `rms_norm`" in session["titles"]
    assert "step.Copy().apply(x)" in session["fixed"]


def test_synthesis_by_a_code_action_is_one_edit(session: dict[str, Any]) -> None:
    assert session["offered"] == "Synthesize `rms_norm`"
    assert session["answer"]["id"].startswith("synthesis-")
    assert "return step." in session["body"] and session["edits"] == 1
    assert session["undone"] + "\n" == HOLE
    assert session["file"] == session["body"] + "\n"
