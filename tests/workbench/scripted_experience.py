"""The scripted server's experience: three operators, one of each stratum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def experience(number: int, operator: str, rate: float, stratum: str) -> dict[str, Any]:
    return {
        "id": f"xp{number}",
        "operator": operator,
        "group": "norm",
        "passRate": rate,
        "stratum": stratum,
        "samples": 8,
        "proposer": "search",
        "model": None,
        "tokens": 0,
        "seconds": 2.5,
        "created": f"2026-01-0{number}T10:00:00Z",
        "valid": True,
        "accepted": None,
    }


_FIRST = [
    experience(1, "rms_norm", 1.0, "easy"),
    experience(2, "bmm", 0.5, "mixed"),
    experience(3, "attention", 0.125, "hard"),
]
experiences: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in _FIRST}


def answer(action: str, identity: str | None, path: str | None) -> dict[str, Any]:
    """What `step/experience` gives; `xp2` is what a re-check finds invalid."""
    if action == "list":
        return {"experiences": list(experiences.values())}
    if action == "show":
        return {"id": identity, "text": f'"""Solved: {experiences[identity]["operator"]}."""\nimport step\n'}
    if action == "delete":
        gone = experiences.pop(identity)
        return {"message": f"Deleted {gone['operator']}."}
    if action == "recheck":
        for key in [identity] if identity else list(experiences):
            experiences[key] = {**experiences[key], "valid": key != "xp2"}
        return {"message": "Re-checked: 1 no longer valid." if identity in (None, "xp2") else "Re-checked: all valid."}
    if action == "export":
        Path(path).write_text("\n".join(json.dumps(each) for each in experiences.values()) + "\n")
        return {"message": f"Exported {len(experiences)} experiences."}
    if action == "import":
        for line in Path(path).read_text().splitlines():
            experiences[json.loads(line)["id"]] = json.loads(line)
        return {"message": f"Imported {len(Path(path).read_text().splitlines())} experiences."}
    return {"message": ""}
