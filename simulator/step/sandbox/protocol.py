"""The wire between a process and its child: JSON documents, each after its length in four bytes.

The wire starts with :data:`MARK`: what an interpreter's start-up hooks print before it is skipped.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

MARK = b"\0steplang\0"
MAX_MESSAGE = 1 << 30
"""Bytes: a longer message is a broken wire."""
_LENGTH = struct.Struct(">I")
HEADER = _LENGTH.size


def encode(message: dict[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def length_of(header: bytes) -> int:
    """How many bytes follow a header.

    Raises:
        ValueError: more than a message may have.
    """
    (length,) = _LENGTH.unpack(header)
    if length > MAX_MESSAGE:
        raise ValueError(f"a message of {length} bytes")
    return int(length)


def decode(body: bytes) -> dict[str, Any]:
    """The message that the bytes hold.

    Raises:
        ValueError: they hold no JSON object.
    """
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message; None at the end of the stream."""
    header = stream.read(HEADER)
    if len(header) < HEADER:
        return None
    length = length_of(header)
    body = stream.read(length)
    return decode(body) if len(body) == length else None
