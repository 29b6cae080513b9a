"""The arguments' parser: what is misspelt is told with what may be meant, and as JSON where that was asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from step_server.cli.errors import UsageProblem
from step_server.cli.words import did_you_mean

_UNKNOWN = "unrecognized arguments: "


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help with names and what they mean side by side."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)
        self._action_max_length = 14  # argparse does not count the indentation of subcommands


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are :class:`UsageProblem`, told in one place."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("formatter_class", _Formatter)
        super().__init__(*args, **more)

    def error(self, message: str) -> NoReturn:
        """Prints the usage and raises what is wrong."""
        known = [one for action in self._all_actions() for one in action.option_strings]
        if message.startswith(_UNKNOWN):
            words = message.removeprefix(_UNKNOWN).split()
            hints = [did_you_mean(one.split("=")[0], known) for one in words if one.startswith("-")]
            message = (
                f"unknown argument{'s' if len(words) > 1 else ''}: {' '.join(words)}{next(filter(None, hints), '')}"
            )
        self._chosen().print_usage(sys.stderr)
        raise UsageProblem(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(one) for one in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            what = "command" if action.dest == "command" else "action"
            message = f"there is no {what} {value!r}{did_you_mean(str(value), choices)}"
            raise argparse.ArgumentError(None, f"{message} (there are {', '.join(choices)})")
        raise argparse.ArgumentError(
            action, f"{value!r} is none of {', '.join(choices)}{did_you_mean(str(value), choices)}"
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Remembers what is parsed, to know the subcommand at fault."""
        self._given: Sequence[str] = list(args or ())
        return super().parse_known_args(args, namespace)

    def _subparsers_of(self) -> dict[str, Parser]:
        actions = (one for one in self._actions if isinstance(one, argparse._SubParsersAction))
        return {name: parser for action in actions for name, parser in action.choices.items()}

    def _chosen(self) -> Parser:
        """The subcommand's parser, where one was named."""
        known = self._subparsers_of()
        name = next((one for one in getattr(self, "_given", ()) if one in known), None)
        return known[name]._chosen() if name is not None else self

    def _all_actions(self) -> list[argparse.Action]:
        chosen = self._chosen()
        return [*self._actions, *(chosen._actions if chosen is not self else ())]
