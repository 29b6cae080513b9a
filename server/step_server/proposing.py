"""The rewrites that mend an operator, remembered by its body: editors ask for actions at every move of a cursor."""

from __future__ import annotations

from collections import OrderedDict

from step.check import OperatorCheck
from step.diagnostic import Diagnostic
from step.rewrite import Fix, propose
from step.rewrite.text import case_of
from step.source import Body

_MOST = 64


class Proposing:
    """Fixes by body. A body is immutable, so what mends it does not change."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Body, tuple[Fix, ...]]] = OrderedDict()

    def fixes(self, check: OperatorCheck) -> tuple[Fix, ...]:
        """Every fix of an operator, the best first; none where its body cannot be read as a program."""
        body = check.operator.body
        known = self._known.get(id(body))
        if known is not None and known[0] is body:
            return known[1]
        case = case_of(check.operator)
        found = propose(case) if case is not None else ()
        self._known[id(body)] = (body, found)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return found


def answered(fix: Fix, check: OperatorCheck) -> tuple[Diagnostic, ...]:
    """The diagnostics that a fix is for: those of its codes at its node; where it mends another node than the one
    that is told about (a Repeat that an earlier stream comes from), all of its codes."""
    found = tuple(one for one in check.diagnostics if one.code in fix.codes)
    exact = tuple(one for one in found if fix.node is None or one.node is None or one.node == fix.node)
    return exact or found
