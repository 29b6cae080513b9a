"""Services that the tests call in a child."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Report = Callable[[dict[str, Any]], None]


def echo(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Its parameters."""
    return dict(params)


def where(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """What the child is."""
    return {"pid": os.getpid(), "cwd": str(Path.cwd()), "executable": sys.executable, "path": sys.path}


def count(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Reports as many numbers as asked."""
    for number in range(params["to"]):
        report({"number": number})
    return {"to": params["to"]}


def noise(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Writes everywhere a user's code can."""
    print("printed")
    sys.stderr.write("error\n")
    os.write(1, b"\0\0\0\1raw\n")
    sys.__stdout__.write("dunder\n")  # type: ignore[union-attr]
    subprocess.run([sys.executable, "-c", "print('of a process')"], check=True)
    return {"read": sys.stdin.read() if sys.stdin else ""}


def forever(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Never ends."""
    report({"pid": os.getpid()})
    while True:
        pass


def family(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Starts a process of its own, then never ends."""
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    report({"pid": os.getpid(), "grandchild": grandchild.pid})
    time.sleep(600)
    return {}


def end(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Ends the process in one of several ways."""
    print("last words")
    match params["how"]:
        case "exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), 9)
        case "crash":
            ctypes.string_at(0)
        case "raise":
            raise ValueError("no")
        case "sys.exit":
            sys.exit(2)
        case "memory":
            return {"sum": float(np.ones(10**10).sum())}
    return {}


def not_json(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Gives what no JSON holds."""
    return {"set": {1, 2}}


def leave_thread(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Leaves a thread running."""
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return {"pid": os.getpid()}


def wander(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Changes the working directory."""
    os.chdir("/")
    return {}


def large(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """A long answer."""
    return {"text": "x" * params["length"]}


def write_file(params: dict[str, Any], report: Report) -> dict[str, Any]:
    """Writes a long file."""
    with Path(params["path"]).open("wb") as file:
        file.write(b"x" * (params["mib"] << 20))
    return {}
