"""All rewordings of a body, from all rules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from step.diagnostic import Diagnostic
from step.rewrite.wording import rules
from step.rewrite.wording.base import Rewording, Text
from step.source import Body, OperatorSource
from step.source.parsing import parse_statements

Rule = Callable[[Text], Iterator[Rewording]]


def _discover() -> tuple[tuple[str, Rule], ...]:
    found = []
    for module in pkgutil.iter_modules(rules.__path__):
        rule = importlib.import_module(f"{rules.__name__}.{module.name}")
        found.append((rule.ORDER, rule.RULE, rule.propose))
    return tuple((name, rule) for _, name, rule in sorted(found, key=lambda one: one[:2]))


RULES = _discover()
UNREADABLE = ("STEP-SYNTAX", "STEP-NAME", "STEP-SUBSET", "STEP-PARAM", "STEP-ARITY", "STEP-RETURN")
"""The codes of what keeps a body from being read, the gravest first."""


def rewordings(operator: OperatorSource, text: str, body: Body, errors: Sequence[Diagnostic]) -> Iterator[Rewording]:
    """Edits that may make a body readable, the likeliest of each rule first; none for one that can be read.

    Args:
        operator: what the body is of: its scope and its inputs.
        text: the body alone; ranges count its lines.
        body: what was read of it.
        errors: what the static check says of it.
    """
    if not any(one.code in UNREADABLE for one in errors):
        return
    parsed = parse_statements(text)
    specification = operator.specification
    seen = Text(
        parsed.lines,
        parsed.statements,
        body,
        tuple(errors),
        operator.scope,
        tuple(name for name, _ in operator.parameters),
        len(specification.outputs) if specification is not None else None,
    )
    for name, rule in RULES:
        for one in rule(seen):
            yield replace(one, rule=name)


def unreadable(errors: Sequence[Diagnostic]) -> tuple[int, ...]:
    """How far a body is from being readable: a rewording that brings it nearer makes this smaller."""
    counts = [sum(one.code == code for one in errors) for code in UNREADABLE]
    syntax, name, subset, parameter, arity, returns = counts
    return (syntax, name + subset, parameter, arity + returns)
