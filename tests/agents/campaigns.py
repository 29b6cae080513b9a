"""A campaign of four tasks with a scripted model of known success rates, in this process or in one to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from step_agents.campaign import BenchRequest

from tests.agents.samples import ROOT
from tests.agents.standin import StandIn

TASKS = ("rms_norm", "layer_norm_of_rows", "bmm_by_outer_products", "choose_by_score")


def by_hand(operator: str, shown: tuple[str, ...]) -> int:
    """As in the loop's own test: easy, middling, one that needs a demonstration, one that needs three."""
    if operator == "rms_norm":
        return 4
    if operator == "layer_norm_of_rows":
        return 2
    if operator == "bmm_by_outer_products":
        return 1 if "layer_norm_of_rows" in shown else 0
    return 3 if len(shown) == 3 else 0


def request(server: StandIn, out: Path, **values: Any) -> BenchRequest:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 4, "temperatures": (None,),
             "tasks": TASKS, "workers": 2, "parallel": 4, "experience": str(out / "experience.db"),
             **values}  # fmt: skip
    return BenchRequest(out=out, environment=environment, **given)


RUNNER = """
import asyncio, json, sys
from pathlib import Path
from step_agents.campaign import BenchRequest, bench
given = json.loads(sys.argv[1])
if __name__ == "__main__":
    given |= {"tasks": tuple(given["tasks"]), "temperatures": (None,), "out": Path(given["out"])}
    request = BenchRequest(**given)
    result = asyncio.run(bench(request, progress=lambda line: print(line, flush=True)))
    print(json.dumps(result.to_json()))
"""


def start(server: StandIn, out: Path, **values: Any) -> subprocess.Popen[str]:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 4, "tasks": TASKS, "workers": 2,
             "parallel": 4, "out": str(out), "keep_experience": False, "environment": environment,
             **values}  # fmt: skip
    script = out / "run.py"
    script.write_text(RUNNER)
    command = [sys.executable, str(script), json.dumps(given)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def killed_after(process: subprocess.Popen[str], samples: int) -> None:
    """Kills a campaign and everything that it started, once so many samples are judged."""
    assert process.stdout is not None
    for line in process.stdout:
        if " samples · " in line:
            samples -= 1
        if samples == 0:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def only_run(out: Path) -> Path:
    (found,) = [one for one in out.iterdir() if one.is_dir()]
    return found
