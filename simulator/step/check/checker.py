"""Running the rules over the operators of a module, remembering the operators that did not change."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from step.check import rules
from step.check.subject import Subject
from step.diagnostic import Diagnostic
from step.infer import Typing, infer
from step.source import Body, Module, OperatorSource

Rule = Callable[[Subject], Iterator[Diagnostic]]


def _discover() -> tuple[Rule, ...]:
    return tuple(
        importlib.import_module(f"{rules.__name__}.{module.name}").run
        for module in pkgutil.iter_modules(rules.__path__)
    )


MAX_DIAGNOSTICS = 200
"""Of one operator: nobody reads more, and they are the first."""
RULES: tuple[Rule, ...] = _discover()


@dataclass(frozen=True)
class OperatorCheck:
    """What the static check says of one operator. Ranges are relative to ``operator.line``."""

    operator: OperatorSource
    typing: Typing
    diagnostics: tuple[Diagnostic, ...]

    @property
    def holds(self) -> bool:
        """Whether the operator has a complete program without errors."""
        return (
            not self.operator.is_hole
            and self.operator.body.is_complete
            and not any(one.severity == "error" for one in self.diagnostics)
        )

    @property
    def in_file(self) -> tuple[Diagnostic, ...]:
        """The diagnostics in the file's lines."""
        return tuple(one.shift(self.operator.line) for one in self.diagnostics)


def check_operator(operator: OperatorSource) -> OperatorCheck:
    """The static check of one operator. Never raises."""
    typing = infer(operator.body.program, operator.input_types)
    subject = Subject(operator, typing)
    found = list(operator.problems)
    for rule in RULES:
        found.extend(rule(subject))
    unreadable = {one.span.line for one in operator.problems if one.code == "STEP-SYNTAX"}
    found = [one for one in found if one.code == "STEP-SYNTAX" or one.span.line not in unreadable]
    found.sort(key=lambda one: (one.span, one.code))
    return OperatorCheck(operator, typing, tuple(dict.fromkeys(found[:MAX_DIAGNOSTICS])))


class Checker:
    """Checks the versions of one document; an operator that did not change is not checked again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Body, OperatorCheck]] = {}

    def check(self, module: Module) -> tuple[OperatorCheck, ...]:
        """The static check of every operator of a module."""
        known: dict[int, tuple[Body, OperatorCheck]] = {}
        results = []
        for operator in module.operators:
            body = operator.body
            remembered = self._known.get(id(body))
            result = remembered[1] if remembered and remembered[0] is body else check_operator(operator)
            if result.operator is not operator:
                result = replace(result, operator=operator)
            known[id(body)] = (body, result)
            results.append(result)
        self._known = known
        return tuple(results)


def check(module: Module) -> tuple[OperatorCheck, ...]:
    """The static check of every operator of a module."""
    return Checker().check(module)
