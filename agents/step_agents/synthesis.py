"""What a synthesis is asked for and what it gives."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from step_agents.guardian import Fix, GuardianKind
from step_agents.usage import Usage

Status = Literal["solved", "unsolved", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """One operator to synthesise.

    ``proposer`` is a proposer's name or ``auto``: experience and the offline search first, then a model where there
    is a key. ``repair`` starts from the body that is there. ``budget`` is seconds for everything. ``retries`` is how
    often a model is shown the verifier's diagnostics. ``guardian`` "model" shows a model what no rule mends, "none"
    leaves bodies as they are proposed. ``prior`` orders the search by what experience has solved.
    """

    text: str
    path: str
    operator: str
    proposer: str = "auto"
    model: str | None = None
    base_url: str | None = None
    budget: float = 60.0
    repair: bool = False
    seed: int = 0
    retries: int = 3
    check_timeout: float = 30.0
    use_experience: bool = True
    source: str = "editor"
    guardian: GuardianKind = "rules"
    prior: bool = False


@dataclass(frozen=True)
class Synthesis:
    """The result. ``body`` (statements without indentation) and ``program_text`` (the whole module with the body in
    place) are set if it was solved.

    ``proposer`` is who found it: a proposer, ``experience``, or ``guardian`` where mending what was there was enough.
    ``nearest`` is the best body that failed, ``message`` says in a sentence what happened.
    """

    status: Status
    operator: str
    proposer: str = ""
    model: str | None = None
    body: str | None = None
    program_text: str | None = None
    fixes: tuple[Fix, ...] = ()
    seconds: float = 0.0
    candidates: int = 0
    usage: Usage = field(default_factory=Usage)
    message: str = ""
    code: str | None = None
    nearest: str | None = None
    notices: tuple[str, ...] = ()
    experience: str | None = None
    original: str = ""
    path: str = ""

    @property
    def tokens(self) -> int:
        """All tokens that were paid."""
        return self.usage.total

    @property
    def cost(self) -> float | None:
        """US dollars; None where no price is known."""
        return self.usage.cost

    @property
    def diff(self) -> str:
        """The change of the module as a unified diff, for `patch -p1` in this folder; empty if nothing was found."""
        if self.program_text is None:
            return ""
        before, after = self.original.splitlines(keepends=True), self.program_text.splitlines(keepends=True)
        path, here = Path(self.path or "module.py"), Path.cwd()
        name = (path.relative_to(here) if path.is_relative_to(here) else Path(path.name)).as_posix()
        return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))

    def to_json(self) -> dict[str, Any]:
        """What ``steplang synth --json`` prints."""
        return {
            "operator": self.operator,
            "status": self.status,
            "proposer": self.proposer,
            "model": self.model,
            "body": self.body,
            "seconds": self.seconds,
            "candidates": self.candidates,
            "tokens": self.tokens,
            "cost": self.cost,
            "fixes": [fix.to_json() for fix in self.fixes],
            "diff": self.diff,
            "message": self.message,
            "code": self.code,
            "nearest": self.nearest,
            "notices": list(self.notices),
        }
