"""A model's answer as the text of a body: out of code blocks, out of a whole function, out of prose.

Only text is handled here; the body is read as data afterwards (:mod:`step_agents.reading`).
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass

from step_agents.models.base import MAX_ANSWER

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$", re.MULTILINE)
_DEF = re.compile(r"^[ \t]*def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_STATEMENT = re.compile(r"^[ \t]*(return\b|[^\W\d]\w*(?:[ \t]*,[ \t]*\w+)*[ \t]*,?[ \t]*=[^=])")


@dataclass(frozen=True, slots=True)
class Answer:
    """The body in an answer (None: there is none, and ``problem`` says why). ``cut`` says that its end is missing."""

    body: str | None
    problem: str = ""
    cut: bool = False


def read_answer(text: str, operator: str) -> Answer:
    """The body that an answer proposes: of several code blocks the last that is one."""
    text = text[:MAX_ANSWER]
    if not text.strip():
        return Answer(None, "the answer is empty")
    blocks, cut = _blocks(text)
    for number, block in enumerate(reversed(blocks)):
        body = _body(block, operator)
        if body is not None:
            return Answer(body, cut=cut and number == 0)
    if blocks:
        return Answer(None, "no code block of the answer holds a body")
    body = (_body(text, operator) if _is_code(text) else None) or _statements(text) or _body(text, operator)
    if body is not None:
        return Answer(body)
    return Answer(None, "the answer holds no code")


def _is_code(text: str) -> bool:
    try:
        ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _blocks(text: str) -> tuple[list[str], bool]:
    """The fenced blocks; whether the last one is not closed."""
    blocks: list[str] = []
    opened: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opened is None:
            opened = match
        elif match[1][0] == opened[1][0] and len(match[1]) >= len(opened[1]) and not match[2]:
            blocks.append(text[opened.end() + 1 : match.start()])
            opened = None
        elif match[2]:  # a new block where the last was not closed
            blocks.append(text[opened.end() + 1 : match.start()])
            opened = match
    if opened is not None:
        blocks.append(text[opened.end() + 1 :])
    return blocks, opened is not None


def _body(block: str, operator: str) -> str | None:
    """The statements in a block: of the operator's function if it is there, else the block itself."""
    functions = list(_DEF.finditer(block))
    chosen = next((one for one in functions if one[1] == operator), None)
    if chosen is None and len(functions) == 1 and not _before_is_code(block, functions[0]):
        chosen = functions[0]
    if chosen is not None:
        return _function_body(block, chosen)
    lines = block.split("\n")
    if any(re.match(r"[ \t]*return\b", line) for line in lines):
        return _cleaned(block)
    return None


def _before_is_code(block: str, function: re.Match[str]) -> bool:
    return any(_STATEMENT.match(line) and "step." in line for line in block[: function.start()].split("\n"))


def _function_body(block: str, function: re.Match[str]) -> str | None:
    header = block[function.start() :]
    depth = 0
    for position, character in enumerate(header):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == ":" and depth == 0:
            rest = header[position + 1 :]
            first, _, following = rest.partition("\n")
            if first.split("#", 1)[0].strip():
                return first.strip()
            indent = len(header) - len(header.lstrip())
            kept: list[str] = []
            for line in following.split("\n"):
                if line.strip() and len(line) - len(line.lstrip()) <= indent:
                    break
                kept.append(line)
            return _cleaned("\n".join(kept))
    return None


def _statements(text: str) -> str | None:
    """The longest run of lines that look like a body, in an answer without fences."""
    best: list[str] = []
    current: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if depth > 0 or _STATEMENT.match(line) or not line.strip() or line.lstrip().startswith("#"):
            current.append(line)
            depth = max(depth + sum(line.count(one) for one in "([{") - sum(line.count(one) for one in ")]}"), 0)
            continue
        best, current = max(best, current, key=_weight), []
    best = max(best, current, key=_weight)
    if not any("apply" in line for line in best) and not any(re.match(r"[ \t]*return\b", line) for line in best):
        return None
    return _cleaned("\n".join(best))


def _weight(lines: list[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


def _cleaned(text: str) -> str | None:
    """Without common indentation, a docstring, and blank lines around."""
    body = textwrap.dedent(text.expandtabs(4)).strip("\n")
    body = re.sub(r'\A\s*("""|\'\'\')(.*?)\1[ \t]*(\n|\Z)', "", body, count=1, flags=re.DOTALL)
    return body if body.strip() else None
