"""Finding, starting, watching and restarting the server; what the extension says when it cannot."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from vscode_workbench.code_server import install_extension
from vscode_workbench.extension import pack_plain
from vscode_workbench.page import Workbench
from vscode_workbench.paths import HERE
from vscode_workbench.scripted import OpenWorkbench, Scripted, write_executable

BROKEN = "#!/bin/sh\necho 'ImportError: no NumPy here' >&2\nexit 7\n"


def test_files_without_step_start_nothing_and_a_file_with_it_does(bench: Workbench, scripted: Scripted) -> None:
    bench.open_file("other.py")
    bench.expect_text("Python as the language", ".statusbar-item", "Python")
    # Another extension's command has run when this one would long have started its server.
    bench.command("Developer: Show Running Extensions")
    bench.expect_text("the running extensions", ".runtime-extensions-editor .monaco-list-row", "STeP")
    assert scripted.events() == []
    bench.open_file("norm.py")
    options = scripted.expect("started")["options"]
    assert options["trusted"] is True
    assert options["settings"]["step"]["budget"] == 60
    bench.expect_language_status(r"STeP 0\.1\.0.*from setting step\.path")
    bench.screenshot("status")


def test_crashes_are_reported_and_a_restart_mends_it(bench: Workbench, scripted: Scripted) -> None:
    bench.open_file("explode.py")
    bench.click_lens("Synthesize")
    bench.expect_notification("Synthesize explode: the server stopped before it answered; it is started again")
    scripted.expect("started", count=2)
    bench.expect_language_status("restarted after a crash")
    for number in range(3, 7):
        os.kill(scripted.events("started")[-1]["pid"], signal.SIGKILL)
        if number < 6:
            scripted.expect("started", count=number)
            bench.expect_lens("hole")
    bench.expect_notification(r"STeP server stopped unexpectedly 5 times")
    bench.screenshot("crashed")
    bench.press_notification("stopped unexpectedly 5 times", "Copy Crash Report")
    report = bench.until("the report", lambda: bench.page.evaluate("navigator.clipboard.readText()"), lambda: "''")
    assert report.count("killed by SIGKILL") == 4, report
    assert "exit code 3" in report
    bench.expect_language_status("STeP: failed.*killed by SIGKILL")
    bench.command("STeP: Restart Server")
    scripted.expect("started", count=6)
    bench.expect_lens("hole")
    assert len(scripted.events("started")) == 6


def test_a_server_that_is_deleted_while_it_runs_is_looked_for_anew(
    open_workbench: OpenWorkbench, scripted: Scripted, tmp_path: Path
) -> None:
    environment = {"PATH": _path_without_steplang(), "HOME": str(tmp_path)}
    bench = open_workbench({"step.path": str(scripted.executable)}, environment=environment)
    bench.open_file("norm.py")
    bench.expect_lens("hole")
    moved = scripted.executable.rename(tmp_path / "moved")
    os.kill(scripted.expect("started")["pid"], signal.SIGKILL)
    bench.expect_notification(f"step.path: {scripted.executable} does not exist")
    bench.expect_language_status("STeP: no server")
    bench.screenshot("no-server")
    moved.rename(scripted.executable)
    bench.command("STeP: Restart Server")
    scripted.expect("started", count=2)
    bench.expect_language_status(r"STeP 0\.1\.0.*from setting step\.path")


def test_keys_are_secrets_and_reach_the_server_only(bench: Workbench, scripted: Scripted, workspace: Path) -> None:
    bench.open_file("norm.py")
    scripted.expect("started")
    bench.command("STeP: Set Anthropic API Key…")
    bench.answer("Anthropic API key", "sk-ant-the-secret")
    started = scripted.expect("started", count=2)
    assert started["keys"] == ["ANTHROPIC_API_KEY"]
    assert "sk-ant" not in str(started)
    bench.expect_lens("hole")
    bench.command("STeP: Show Debug Information")
    bench.expect_line("STeP debug information")
    bench.expect_line("server command: .*setting step.path")
    assert not any("sk-ant" in line for line in bench.lines())
    bench.command("STeP: Forget API Keys")
    assert scripted.expect("started", count=3)["keys"] == []


class Service(BaseHTTPRequestHandler):
    """A service with two models, for whoever has the key."""

    def do_GET(self) -> None:
        known = (self.path, self.headers["Authorization"]) == ("/v1/models", "Bearer any-key")
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b'{"data": [{"id": "tiny-model"}, {"id": "big-model"}]}')

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """The URL of a service on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_choosing_a_proposer_a_model_and_a_budget(
    bench: Workbench, scripted: Scripted, tmp_path: Path, service: str
) -> None:
    bench.open_file("norm.py")
    scripted.expect("started")
    bench.command("STeP: Choose Proposer and Model…")
    bench.expect_text("the present choice", ".quick-input-list .monaco-list-row", "Automatic")
    bench.screenshot("proposers")
    bench.pick("OpenAI-compatible")
    bench.answer("Service", "http://127.0.0.1:9/v1")
    bench.answer("OpenAI API key", "any-key")
    bench.expect_text("why nothing is listed", ".quick-input-message", "did not tell its models.*Name of the model")
    bench.answer("Model", "typed-model")
    assert scripted.expect("started", count=2)["keys"] == ["OPENAI_API_KEY"]
    bench.command("STeP: Choose Proposer and Model…")
    bench.expect_text("the key", ".quick-input-list .monaco-list-row", "OpenAI-compatible.*key stored")
    bench.pick("OpenAI-compatible")
    bench.answer("Service", service)
    bench.expect_text("the models", ".quick-input-list .monaco-list-row", "big-model")
    bench.expect_text("the present model", ".quick-input-list .monaco-list-row", "typed-model.*not offered")
    bench.screenshot("models")
    bench.pick("tiny-model")
    bench.command("STeP: Set Synthesis Budget…")
    bench.answer("Synthesis budget", "5")
    # What was changed reached the running server; only the key needed a new one.
    last = scripted.events("started")[-1]["options"]["settings"]["step"]
    chosen = {"budget": 5, "proposer": "openai", "model": "tiny-model", "baseUrl": service}
    bench.until(
        "the settings at the server",
        lambda: scripted.events("configuration")[-1]["settings"] == {**last, **chosen},
        lambda: str(scripted.events("configuration")[-1:]),
    )
    assert (last["guardian"], last["repairs"]) == ("rules", 3)
    count = len(scripted.events("configuration"))
    bench.command("Preferences: Open User Settings (JSON)")
    bench.expect_text("the settings", ".tabs-container .tab.active", "settings.json")
    line = bench.line_number("step.budget")
    bench.replace_line(line, '    "step.budget": 5, "step.guardian": "model", "step.repairs": 0,')
    bench.save()
    typed = scripted.expect("configuration", count=count + 1)["settings"]
    assert typed == {**last, **chosen, "guardian": "model", "repairs": 0}
    assert len(scripted.events("started")) == 2, "a setting that needs no restart made one"
    settings = tmp_path / "code-server" / "data" / "User" / "settings.json"
    wanted = ['"step.proposer": "openai"', '"step.model": "tiny-model"', '"step.budget": 5']
    bench.until(
        "the settings", lambda: all(one in settings.read_text() for one in wanted), lambda: settings.read_text()
    )
    # An endpoint is the machine's: keys are sent there.
    machine = tmp_path / "code-server" / "data" / "Machine" / "settings.json"
    assert f'"step.baseUrl": "{service}"' in machine.read_text()
    assert "any-key" not in settings.read_text() + machine.read_text()


def test_a_broken_server_is_one_clear_message(open_workbench: OpenWorkbench, tmp_path: Path) -> None:
    broken = write_executable(tmp_path / "broken-steplang", BROKEN)
    bench = open_workbench({"step.path": str(broken)})
    bench.open_file("norm.py")
    bench.expect_notification("STeP server stopped unexpectedly: ImportError: no NumPy here")
    bench.expect_language_status("STeP: failed")
    bench.command("STeP: Show Logs")
    bench.expect_text("the log", ".output-view-content .view-line, .panel .view-line", "exit code 7|giving up")
    bench.screenshot("logs")


def test_a_server_that_is_too_old_is_said_so(open_workbench: OpenWorkbench, scripted: Scripted) -> None:
    old = scripted.executable.read_text().replace("export ", "export SCRIPTED_SERVER_VERSION=0.0.9\nexport ", 1)
    scripted.executable.write_text(old)
    bench = open_workbench({"step.path": str(scripted.executable)})
    bench.open_file("norm.py")
    bench.expect_notification(r"server is version 0\.0\.9, this extension 0\.1\.0")


def test_an_untrusted_workspace_gets_the_static_features_only(
    open_workbench: OpenWorkbench, scripted: Scripted, workspace: Path
) -> None:
    # What lies in the workspace must not be run, though it calls itself an interpreter.
    venv = workspace / ".venv" / "bin"
    venv.mkdir(parents=True)
    trap = workspace / "trap"
    write_executable(venv / "python", f"#!/bin/sh\ntouch '{trap}'\nexec '{sys.executable}' \"$@\"\n")
    settings = {"step.path": str(scripted.executable), "security.workspace.trust.startupPrompt": "never"}
    bench = open_workbench(settings, trust=False)
    bench.open_file("norm.py")
    assert scripted.expect("started")["options"]["trusted"] is False
    bench.expect_language_status("limited: workspace not trusted")
    bench.goto(24, 5)
    bench.command("STeP: Synthesize Operator")
    bench.expect_notification("Synthesize runs the code of this workspace.*Trust the workspace first")
    bench.screenshot("untrusted")
    assert scripted.events("synthesize") == []
    assert not trap.exists()
    # Trusted, it starts anew, with everything.
    bench.press_notification("Trust the workspace first", "Manage Workspace Trust")
    trust = bench.page.locator(".workspace-trust-editor").get_by_role("button", name="Trust", exact=True)
    bench.until("a button Trust", lambda: trust.count() > 0, lambda: repr(bench.texts(".workspace-trust-editor")))
    trust.first.click()
    assert scripted.expect("started", 30, count=2)["options"]["trusted"] is True


def test_the_workspaces_environment_is_found(open_workbench: OpenWorkbench, workspace: Path, tmp_path: Path) -> None:
    """The real server, from `.venv` in the workspace; that the path in the settings is wrong is said."""
    (workspace / ".venv").symlink_to(Path(sys.prefix))
    environment = {"PATH": _path_without_steplang(), "HOME": str(tmp_path)}
    bench = open_workbench({"step.path": "~/nowhere/steplang"}, environment=environment)
    bench.open_file("norm.py")
    instead = r"nowhere/steplang does not exist\. The server from workspace/\.venv is used instead"
    bench.expect_notification(f"step.path: {instead.replace('nowhere', f'{tmp_path}/nowhere', 1)}")
    bench.expect_language_status(r"STeP \d.*from workspace/\.venv")
    bench.command("STeP: Show Debug Information")
    bench.expect_line(r"\(workspace/\.venv\)")
    bench.expect_line(r"steplang \d.*, Python 3")


@pytest.mark.parametrize(
    ("extension", "origin"),
    [
        ("ms-python.python", "Python extension"),
        ("ms-python.vscode-python-envs", "Python Environments extension"),
    ],
)
def test_the_environment_selected_in_a_python_extension_is_used(
    open_workbench: OpenWorkbench, extensions: Path, tmp_path: Path, extension: str, origin: str
) -> None:
    """The real server, from what a stand-in for Microsoft's extension says is selected."""
    both = tmp_path / "extensions"
    shutil.copytree(extensions, both)
    install_extension(pack_plain(HERE / "fixtures" / extension, tmp_path / "standin.vsix"), both)
    environment = {"PATH": _path_without_steplang(), "FAKE_PYTHON": sys.executable}
    bench = open_workbench({}, extensions=both, environment=environment)
    bench.open_file("norm.py")
    bench.expect_language_status(rf"STeP \d.*from {origin}")
    bench.command("Stand-in: Select Another Environment")
    bench.expect_lens("Synthesize")
    logs = tmp_path / "code-server" / "data" / "logs"

    def log() -> str:
        return "".join(path.read_text() for path in logs.glob("*/exthost1/steplang.steplang/STeP.log"))

    bench.until("a restart in the log", lambda: "another Python environment was selected" in log(), log)


def _path_without_steplang() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "steplang").exists())


def test_without_a_server_it_asks_once_and_makes_a_private_environment(
    open_workbench: OpenWorkbench, tmp_path: Path
) -> None:
    """The real server, from the wheel in the .vsix; pip takes the dependencies from where it is set up to."""
    bench = open_workbench({}, environment={"PATH": _path_without_steplang()})
    bench.open_file("norm.py")
    bench.expect_notification("steplang.*is not in your Python environment")
    bench.screenshot("asked")
    bench.expect_language_status("STeP: no server")
    bench.press_notification("is not in your Python environment", "Create Environment")
    bench.expect_notification("making a virtual environment|installing steplang|looking for Python", 30)
    bench.expect_language_status(r"STeP \d.*from private environment", 300)
    made = list((tmp_path / "code-server" / "data" / "User" / "globalStorage").glob("*/environment-*/complete"))
    assert len(made) == 1, made
    assert re.search(r"0\.1\.0", made[0].parent.name)
