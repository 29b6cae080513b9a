"""Logs: to the client once there is one (``window/logMessage``), to standard error before and after."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable

from lsprotocol import types as lsp

from step_server.refusal import Refused

Send = Callable[[lsp.LogMessageParams], None]

_TYPES = (
    (logging.ERROR, lsp.MessageType.Error),
    (logging.WARNING, lsp.MessageType.Warning),
    (logging.INFO, lsp.MessageType.Info),
    (logging.DEBUG, lsp.MessageType.Log),
)


class ClientHandler(logging.Handler):
    """Gives records to the client. The last lines are kept, for the debug information."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.send: Send | None = None
        self.recent: deque[str] = deque(maxlen=200)
        self._sending = False

    def emit(self, record: logging.LogRecord) -> None:
        """Sends a record; where that does not work it goes to standard error, and never raises."""
        if record.exc_info and isinstance(record.exc_info[1], Refused):
            return  # the one who asked was told
        text = self.format(record)
        self.recent.append(text)
        kind = next((kind for level, kind in _TYPES if record.levelno >= level), lsp.MessageType.Log)
        if self.send is not None and not self._sending:  # that sending fails is logged too
            self._sending = True
            try:
                self.send(lsp.LogMessageParams(kind, text))
                return
            except Exception as error:
                text += f" (the client did not take this: {error})"
            finally:
                self._sending = False
        print(text, file=sys.stderr, flush=True)


def set_up(level: int = logging.INFO) -> ClientHandler:
    """Sends the server's own records to a handler; of libraries only what went wrong."""
    handler = ClientHandler()
    logging.Formatter.converter = time.gmtime
    for name, least in (("step_server", level), ("step", level), ("step_agents", level), ("pygls", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.setLevel(least)
        logger.handlers[:] = [handler]
        logger.propagate = False
    return handler
