"""Rendering prompts: the shared parts first, so that they are cached; as many demonstrations as fit the budget."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from step.primitives import PRIMITIVES, Primitive

from step_agents.models.base import Prompt, Turn, estimate_tokens
from step_agents.proposers.base import Demonstration, Feedback
from step_agents.task import Task

_FOLDER = Path(__file__).parent


class PromptTooLong(ValueError):
    """A task alone does not fit the budget."""


def versions() -> tuple[str, ...]:
    """The versions of prompts that there are."""
    return tuple(sorted(one.name for one in _FOLDER.iterdir() if (one / "task.md.j2").is_file()))


@dataclass(frozen=True)
class Prompter:
    """Renders prompts of one version.

    ``budget`` bounds the tokens of a whole prompt, ``demonstration_budget`` those of the demonstrations in it.
    """

    version: str = "v1"
    budget: int = 24_000
    demonstration_budget: int = 12_000

    def __post_init__(self) -> None:
        if self.version not in versions():
            raise ValueError(f"there is no prompt version {self.version!r}; one of {', '.join(versions())}")

    def prompt(
        self, task: Task, demonstrations: Sequence[Demonstration] = (), feedback: Sequence[Feedback] = ()
    ) -> Prompt:
        """What a model is asked about a task.

        Raises:
            PromptTooLong: the task does not fit even without demonstrations.
        """
        reference = self.reference()
        question = self.task(task)
        turns = [Turn("user", question)]
        for one in feedback:
            turns.append(Turn("assistant", f"```python\n{one.body}\n```"))
            turns.append(Turn("user", self.repair(one)))
        used = estimate_tokens(reference) + sum(estimate_tokens(turn.text) for turn in turns)
        if used > self.budget:
            raise PromptTooLong(
                f"{task.operator}: the prompt takes about {used:,} tokens, the budget is {self.budget:,}: "
                "shorten the functions' bodies or helpers"
            )
        shown = self.demonstrations(demonstrations, min(self.demonstration_budget, self.budget - used))
        return Prompt((reference, shown) if shown else (reference,), tuple(turns))

    def digest(self) -> str:
        """Names all that is the same in every prompt of this version: a docstring that changes changes it."""
        files = [one.read_text("utf-8") for one in sorted((_FOLDER / self.version).iterdir()) if one.suffix == ".j2"]
        return hashlib.blake2b("\0".join([self.reference(), *files]).encode(), digest_size=6).hexdigest()

    def reference(self) -> str:
        """The language and its primitives: the same for every task, so it is cached."""
        return _reference(self.version)

    def task(self, task: Task) -> str:
        """The question about one task."""
        outputs = [
            f"`{one.element}, [{', '.join(map(str, one.known_shape))}]`" for one in task.specification.output_types
        ]
        expected = outputs[0] if len(outputs) == 1 else f"a tuple: {', '.join(outputs)}"
        return _render(
            self.version,
            "task",
            operator=task.operator,
            inputs=list(task.inputs),
            yaml=task.to_yaml().rstrip(),
            expected=expected,
            renamed=[(name, dim.names[0]) for name, dim in task.dims.items() if dim.names],
        )

    def demonstrations(self, demonstrations: Sequence[Demonstration], budget: int) -> str:
        """The demonstrations that fit, the first ones first; empty for none."""
        kept: list[dict[str, Any]] = []
        text = ""
        for one in demonstrations:
            kept.append({"task": one.task, "yaml": one.task.to_yaml().rstrip(), "body": one.body.strip("\n")})
            grown = _render(self.version, "demonstrations", demonstrations=kept)
            if estimate_tokens(grown) > budget:
                kept.pop()
                continue
            text = grown
        return text

    def repair(self, feedback: Feedback) -> str:
        """The verifier's diagnostics, for another try."""
        lines = [line for line in feedback.diagnostics.splitlines() if line.strip()]
        return _render(self.version, "repair", diagnostics=lines[:20])

    def guarding(self, task: Task, body: str, diagnostics: Sequence[str]) -> Prompt:
        """What a guardian is asked about a body that does not check: the reference is the one that proposers share.

        Raises:
            PromptTooLong: the task and the body do not fit.
        """
        lines = [line for line in diagnostics if line.strip()][:20]
        question = _render(self.version, "guarding", question=self.task(task), body=body, diagnostics=lines)
        prefix = (self.reference(), _render(self.version, "guardian"))
        used = sum(map(estimate_tokens, (*prefix, question)))
        if used > self.budget:
            raise PromptTooLong(
                f"{task.operator}: the prompt takes about {used:,} tokens, the budget is {self.budget:,}"
            )
        return Prompt(prefix, (Turn("user", question),))


@functools.cache
def _environment(version: str) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / version),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=False,
    )


def _render(version: str, template: str, **values: Any) -> str:
    return _environment(version).get_template(f"{template}.md.j2").render(**values)


@functools.cache
def _reference(version: str) -> str:
    return _render(version, "reference", primitives=[_described(one) for one in PRIMITIVES.values()])


def _described(primitive: type[Primitive]) -> dict[str, Any]:
    """A primitive as its own docstring and parameters tell it."""
    parameters = [
        {"name": one.name, "text": one.metadata.get("text", "")} for one in primitive.parameters() if one.metadata
    ]
    names = [name if not name.startswith("*") else f"[{name[1:]}]" for name in primitive.takes]
    return {
        "signature": f"{primitive.__name__}({', '.join(one['name'] for one in parameters)})",
        "text": inspect.cleandoc(primitive.__doc__ or "").replace("\n\n", "\n"),
        "parameters": parameters,
        "takes": names[0] if len(names) == 1 else f"({', '.join(names)})",
        "gives": {"one": "one stream", "pair": "a pair of streams", "list": "a list of streams"}[primitive.gives],
        "rule": primitive.rule,
        "example": primitive.example,
    }
