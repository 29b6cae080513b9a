"""One mistake, said once: what running a module says again of what its text showed already."""

from __future__ import annotations

from collections.abc import Iterable

from step.diagnostic import Diagnostic


def without_echoes(known: Iterable[Diagnostic], found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics of a functional check that are not a consequence of an error that the static check told.

    A module that cannot be imported fails where its text is wrong: in the line of a declaration that makes no sense,
    or wherever ``step`` is used first when it is not imported. Both checks parse the text, so one syntax error is
    enough. Both are in the file's lines.
    """
    errors = [one for one in known if one.severity == "error"]
    lines = {one.span.line for one in errors}
    codes = {one.code for one in errors}
    messages = {one.message for one in errors}
    no_package = any(one.code == "STEP-NAME" and one.message.startswith("`step` is not ") for one in errors)

    def is_echo(one: Diagnostic) -> bool:
        match one.code:
            case "STEP-SYNTAX":
                return "STEP-SYNTAX" in codes
            case "STEP-MODULE":
                # A function's mistake is told at its name; Python raises in the lines of its decorator.
                return (
                    no_package
                    or one.message in messages
                    or any(one.span.line <= line <= one.span.end_line for line in lines)
                )
            case _:
                return False

    return tuple(one for one in found if not is_echo(one))
