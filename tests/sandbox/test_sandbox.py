from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from step.sandbox import (
    ChildCrashed,
    ChildOutOfMemory,
    ChildTimeout,
    InterpreterMissing,
    Limits,
    Sandbox,
    SandboxError,
    ServiceError,
)

SERVICES = "tests.sandbox.services"
LIMITS = Limits(memory_mib=1024, file_mib=16)


def call(sandbox: Sandbox, name: str, timeout: float | None = 60, **params: Any) -> Awaitable[dict[str, Any]]:
    return sandbox.call(f"{SERVICES}:{name}", params, timeout=timeout)


def run(test: Callable[[Sandbox], Awaitable[Any]], interpreter: str | None = None, **how: Any) -> Any:
    async def main() -> Any:
        async with Sandbox(interpreter, **{"limits": LIMITS, **how}) as sandbox:
            return await test(sandbox)

    return asyncio.run(main())


def is_alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int) -> None:
    """Waits until a process has ended."""
    async with asyncio.timeout(10):
        while is_alive(pid):
            await asyncio.sleep(0.005)


def test_calls_run_in_one_child() -> None:
    async def test(sandbox: Sandbox) -> None:
        assert sandbox.pid is None
        first, second = await call(sandbox, "where"), await call(sandbox, "where")
        assert first["pid"] == second["pid"] == sandbox.pid != os.getpid()
        assert await call(sandbox, "echo", a=[1, 2.5, "ü", None]) == {"a": [1, 2.5, "ü", None]}

    run(test)


def test_progress_arrives_in_order() -> None:
    async def test(sandbox: Sandbox) -> None:
        seen: list[dict[str, Any]] = []
        result = await sandbox.call(f"{SERVICES}:count", {"to": 50}, timeout=60, progress=seen.append)
        assert result == {"to": 50}
        assert [one["number"] for one in seen] == list(range(50))

    run(test)


def test_nothing_a_user_prints_gets_into_the_wire() -> None:
    async def test(sandbox: Sandbox) -> None:
        assert await call(sandbox, "noise") == {"read": ""}
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


def test_large_messages_both_ways() -> None:
    async def test(sandbox: Sandbox) -> None:
        length = 3_000_000
        assert len((await call(sandbox, "large", length=length))["text"]) == length
        assert await call(sandbox, "echo", text="y" * length) == {"text": "y" * length}

    run(test)


def test_calls_wait_for_each_other() -> None:
    async def test(sandbox: Sandbox) -> None:
        results = await asyncio.gather(*(call(sandbox, "echo", number=number) for number in range(20)))
        assert [one["number"] for one in results] == list(range(20))

    run(test)


def test_a_call_that_takes_too_long_is_killed() -> None:
    async def test(sandbox: Sandbox) -> None:
        await sandbox.start()
        pid = sandbox.pid
        assert pid is not None
        started = time.monotonic()
        with pytest.raises(ChildTimeout) as caught:
            await call(sandbox, "forever", timeout=0.5)
        assert time.monotonic() - started < 60  # it would run for ever
        assert "forever" in {frame.function for frame in caught.value.frames}
        await gone(pid)
        assert (await call(sandbox, "where"))["pid"] != pid

    run(test)


def test_cancelling_kills_the_child_and_what_it_started() -> None:
    async def test(sandbox: Sandbox) -> None:
        seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        task = asyncio.create_task(
            sandbox.call(f"{SERVICES}:family", {}, timeout=600, progress=seen.put_nowait)  # type: ignore[arg-type]
        )
        pids = await seen.get()
        assert is_alive(pids["pid"]) and is_alive(pids["grandchild"])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone(pids["pid"])
        await gone(pids["grandchild"])
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


def test_cancelling_a_waiting_call_leaves_the_running_one_alone() -> None:
    async def test(sandbox: Sandbox) -> None:
        seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        running = asyncio.create_task(
            sandbox.call(f"{SERVICES}:forever", {}, timeout=600, progress=seen.put_nowait)  # type: ignore[arg-type]
        )
        await seen.get()
        waiting = asyncio.create_task(sandbox.call(f"{SERVICES}:echo", {}, timeout=1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert sandbox.pid is not None and is_alive(sandbox.pid)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    run(test)


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [("exit", 3, "exit code 3"), ("kill", -9, "SIGKILL"), ("crash", -11, "SIGSEGV")],
)
def test_a_child_that_ends(how: str, code: int, words: str) -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(ChildCrashed, match=words) as caught:
            await call(sandbox, "end", how=how)
        assert caught.value.exit_code == code
        assert "last words" in caught.value.output
        if how != "kill":
            assert "end" in {frame.function for frame in caught.value.frames}
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


@pytest.mark.parametrize("how", ["raise", "sys.exit"])
def test_a_service_that_raises_is_no_crash(how: str) -> None:
    async def test(sandbox: Sandbox) -> None:
        pid = (await call(sandbox, "where"))["pid"]
        with pytest.raises(ServiceError) as caught:
            await call(sandbox, "end", how=how)
        assert "services.py" in caught.value.trace
        assert (await call(sandbox, "where"))["pid"] == pid

    run(test)


@pytest.mark.parametrize("service", ["tests.sandbox.services:nothing", "no_such_module:f", "tests.sandbox.services"])
def test_no_such_service(service: str) -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(ServiceError):
            await sandbox.call(service, {}, timeout=60)

    run(test)


def test_a_result_that_is_no_json() -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(ServiceError, match="JSON"):
            await call(sandbox, "not_json")
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


def test_memory_is_limited() -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(ChildOutOfMemory, match="1024 MiB"):
            await call(sandbox, "end", how="memory")
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


def test_files_are_limited(tmp_path: Path) -> None:
    async def test(sandbox: Sandbox) -> None:
        await call(sandbox, "write_file", path=str(tmp_path / "small"), mib=8)
        with pytest.raises((ServiceError, ChildCrashed)):
            await call(sandbox, "write_file", path=str(tmp_path / "large"), mib=64)

    run(test)
    assert (tmp_path / "large").stat().st_size <= 16 << 20


def test_a_thread_left_running_costs_the_child() -> None:
    async def test(sandbox: Sandbox) -> None:
        pid = (await call(sandbox, "leave_thread"))["pid"]
        await gone(pid)
        assert (await call(sandbox, "where"))["pid"] != pid

    run(test)


def test_the_working_directory_is_as_asked_again_after_each_call(tmp_path: Path) -> None:
    async def test(sandbox: Sandbox) -> None:
        await call(sandbox, "wander")
        assert (await call(sandbox, "where"))["cwd"] == str(tmp_path)

    run(test, cwd=tmp_path)


def test_closing_ends_the_child() -> None:
    async def main() -> None:
        sandbox = Sandbox(limits=LIMITS)
        pid = (await call(sandbox, "where"))["pid"]
        await sandbox.close()
        await gone(pid)
        with pytest.raises(SandboxError, match="closed"):
            await call(sandbox, "echo")

    asyncio.run(main())


def test_a_child_that_somebody_kills_between_calls_is_replaced() -> None:
    async def test(sandbox: Sandbox) -> None:
        for _ in range(5):
            pid = (await call(sandbox, "where"))["pid"]
            os.kill(pid, 9)
            assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test)


def test_no_place_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)

    async def test(sandbox: Sandbox) -> None:
        assert await call(sandbox, "noise") == {"read": ""}
        with pytest.raises(ChildCrashed, match="exit code 3"):
            await call(sandbox, "end", how="exit")

    run(test)


def test_the_child_dies_with_its_parent() -> None:
    script = textwrap.dedent(f"""
        import asyncio, sys
        from step.sandbox import Sandbox
        async def main():
            sandbox = Sandbox()
            def tell(value):
                print(value["pid"], flush=True)
            await sandbox.call("{SERVICES}:forever", {{}}, timeout=None, progress=tell)
        asyncio.run(main())
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.wait()
    asyncio.run(gone(pid))
    parent.stdout.close()


def test_an_idle_child_dies_with_its_parent_too() -> None:
    script = textwrap.dedent("""
        import asyncio
        from step.sandbox import Sandbox
        async def main():
            sandbox = Sandbox()
            await sandbox.start()
            print(sandbox.pid, flush=True)
            await asyncio.sleep(600)
        asyncio.run(main())
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    asyncio.run(gone(pid))
    parent.stdout.close()


def interpreter(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/bin/sh\necho 'not python' >&2\nexit 1\n", "does not start as Python: not python"),
        ("#!/bin/sh\nexit 0\n", "does not start as Python"),
        ("#!/nowhere/sh\n", "there is no Python at"),
    ],
)
def test_what_is_no_python(tmp_path: Path, script: str, words: str) -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(InterpreterMissing, match=words):
            await sandbox.start()

    run(test, interpreter(tmp_path, script))


def test_an_interpreter_without_numpy_says_what_to_do(tmp_path: Path) -> None:
    # -S leaves out site-packages: the same Python, without NumPy.
    python = interpreter(tmp_path, f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n')

    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(InterpreterMissing, match=r"has no NumPy 2 .*pip install 'numpy>=2'"):
            await sandbox.start()

    run(test, python)


def test_an_interpreter_with_numpy_only_is_enough(tmp_path: Path) -> None:
    import numpy

    packages = tmp_path / "packages"
    packages.mkdir()
    source = Path(numpy.__file__).parent
    (packages / "numpy").symlink_to(source)
    if (libs := source.parent / "numpy.libs").exists():
        (packages / "numpy.libs").symlink_to(libs)
    script = f'#!/bin/sh\nPYTHONPATH={packages} exec {sys.executable} -S "$@"\n'

    async def test(sandbox: Sandbox) -> None:
        found = await call(sandbox, "where")
        assert not any("site-packages" in one for one in found["path"])
        report = await sandbox.call(
            "step.simulate.service:check", {"text": "x = 1", "path": "m.py", "operator": "f"}, timeout=60
        )
        assert report["diagnostics"][0]["code"] == "STEP-NAME"

    run(test, interpreter(tmp_path, script))


def test_what_start_up_hooks_print_is_skipped(tmp_path: Path) -> None:
    python = interpreter(tmp_path, f'#!/bin/sh\necho "welcome to this machine"\nexec {sys.executable} "$@"\n')

    async def test(sandbox: Sandbox) -> None:
        assert await call(sandbox, "echo", x=1) == {"x": 1}

    run(test, python)


def test_a_python_that_never_answers(tmp_path: Path) -> None:
    python = interpreter(tmp_path, "#!/bin/sh\nexec sleep 600\n")

    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(InterpreterMissing, match="did not start within"):
            await sandbox.start()

    run(test, python, limits=Limits(start_seconds=0.3))


def test_too_little_memory_to_start() -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(InterpreterMissing, match="does not start with 1 MiB of memory: allow 128, or more"):
            await sandbox.start()

    run(test, limits=Limits(memory_mib=1))


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    async def test(sandbox: Sandbox) -> None:
        with pytest.raises(InterpreterMissing, match="no folder"):
            await sandbox.start()

    run(test, cwd=tmp_path / "gone")


def test_starting_loads_no_more_than_numpy() -> None:
    async def test(sandbox: Sandbox) -> list[str]:
        result = await sandbox.call("tests.sandbox.loaded:modules", {}, timeout=60)
        return list(result["modules"])

    loaded = {name.split(".")[0] for name in run(test)}
    assert "numpy" in loaded
    assert not loaded & {"asyncio", "torch", "pygls", "lsprotocol", "pydantic", "networkx", "yaml", "attrs"}
