"""What the server does not do, told to the one who asked: an answer, not an incident."""

from __future__ import annotations

from pygls.exceptions import JsonRpcException


class Refused(JsonRpcException):
    """A request that cannot be fulfilled; the message says why, and what to do. ``RequestFailed`` of the protocol."""

    CODE = -32803
    MESSAGE = "Request failed"


class BadParameters(Refused):
    """The parameters of a request are not what docs/protocol.md says."""

    CODE = -32602
    MESSAGE = "Invalid parameters"
