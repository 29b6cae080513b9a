"""What a file imports, told from its lines: for finding the few files of a workspace that are worth a parse.

More may be found than there is (an import in a docstring), never less: what counts is read by Python's parser later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_IMPORT = re.compile(
    r"""(?:^|[\r\n;:])[ \t\f]*(?:
        from(?=[ \t.])[ \t]*(?P<dots>(?:\.[ \t]*)*)(?P<module>(?!import\b)\w+(?:[ \t]*\.[ \t]*\w+)*)?
            [ \t]*\bimport\b[ \t]*(?P<names>\([^)]*\)?|[^\r\n;\#]*)
        |import[ \t]+(?P<modules>[^\r\n;\#]*)
    )""",
    re.VERBOSE,
)
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_WORDS = re.compile(r"\w+(?:[ \t]*\.[ \t]*\w+)*")


class Fact(NamedTuple):
    """``from ..module import names`` (``level`` counts the dots); without names: ``import module``."""

    module: str
    level: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """The imports of a file; ``words`` are all names in them, ``packages`` tells that one may be of its own package
    (``from . import …``). ``bound`` are the names that may stand for a package here, from which its modules are
    attributes (``import pkg``, ``from top import pkg``), and the packages of which everything is taken."""

    imports: tuple[Fact, ...] = ()
    words: frozenset[str] = frozenset()
    packages: bool = False
    bound: frozenset[str] = frozenset()

    @property
    def speaks_step(self) -> bool:
        """Whether the file imports step."""
        return any(not one.level and one.module.split(".")[0] == "step" for one in self.imports)


def facts_of(text: str) -> Facts:
    """The imports of a text."""
    if "import" not in text:
        return Facts()
    found = tuple(dict.fromkeys(_found(_CONTINUED.sub(" ", text) if "\\" in text else text)))
    words = {part for one in found for part in (*one.module.split("."), *one.names) if part}
    bound = {part for one in found for part in _bound_by(one) if part}
    return Facts(found, frozenset(words), any(one.level and not one.module for one in found), frozenset(bound))


def _bound_by(one: Fact) -> tuple[str, ...]:
    if not one.names:
        return tuple(one.module.split("."))
    return (*one.names, one.module.rpartition(".")[2]) if "*" in one.names else one.names


def _found(text: str) -> Iterator[Fact]:
    for match in _IMPORT.finditer(text):
        if match["modules"] is not None:
            for part in match["modules"].split(","):
                word = _WORDS.match(part.strip())
                if word is not None:
                    yield Fact(_joined(word[0]), 0, ())
            continue
        names = _COMMENT.sub("", match["names"]).strip("() \t")
        taken = tuple(part.split()[0] for part in names.split(",") if part.strip())
        if taken:
            yield Fact(_joined(match["module"] or ""), match["dots"].count("."), taken)


def _joined(dotted: str) -> str:
    return dotted.replace(" ", "").replace("\t", "")
