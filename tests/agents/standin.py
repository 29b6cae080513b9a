"""A local stand-in of the Messages API and of the chat-completions API, on a real socket, for the real SDKs.

It answers from a script: replies in order, or a function of the request. Every request is kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    ``status`` other than 200 answers with the API's error object. ``hang`` never answers (until the server closes),
    ``hang_midway`` stops after half of the text, ``cut`` breaks the connection there, ``malformed`` sends broken JSON,
    ``error_midway`` sends the Messages API's error event. ``chunk`` is characters an event. ``usage`` is sent by
    chat completions instead of the counts, ``counts`` False leaves them out.
    """

    text: str = ""
    status: int = 200
    stop: str = "end_turn"
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = "api_error"
    message: str = "scripted failure"
    code: str | None = None
    input_tokens: int = 100
    output_tokens: int = 50
    cache_read: int = 0
    cache_write: int = 0
    hang: bool = False
    hang_midway: bool = False
    cut: bool = False
    malformed: bool = False
    error_midway: str | None = None
    chunk: int = 64
    usage: Mapping[str, Any] | None = None
    counts: bool = True


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


Script = Iterable[Reply] | Callable[[Request], Reply]


class StandIn:
    """The server. ``url`` is its base address; ``requests`` what it was asked; ``asked`` is set once it was."""

    def __init__(self, script: Script) -> None:
        self.requests: list[Request] = []
        self.asked = threading.Event()
        self.open = 0
        self.most_open = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._replies = script if callable(script) else iter(script)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def next_reply(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            self.asked.set()
            if callable(self._replies):
                return self._replies(request)
            return next(self._replies, Reply(status=400, message="the script is at its end"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.path, headers, body)
                with stand_in._lock:
                    stand_in.open += 1
                    stand_in.most_open = max(stand_in.most_open, stand_in.open)
                try:
                    self.answer(stand_in.next_reply(request), request)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with stand_in._lock:
                        stand_in.open -= 1

            def answer(self, reply: Reply, request: Request) -> None:
                if reply.hang:
                    stand_in._closing.wait()
                    self.close_connection = True
                    return
                messages = request.path.endswith("/messages")
                if reply.status != 200:
                    self.refuse(reply, messages)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.send_header("request-id", "req_scripted")
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                half = len(reply.text) // 2
                sent = 0
                events = _messages(reply, request) if messages else _completions(reply, request)
                for event, data, size in events:
                    if sent >= half and (reply.cut or reply.hang_midway or reply.malformed or reply.error_midway):
                        if reply.hang_midway:
                            stand_in._closing.wait()
                        if reply.malformed:
                            self.event(event, '{"type": "content_block_delta", "delta": {')
                        if reply.error_midway:
                            error = {"type": "error", "error": {"type": reply.error_midway, "message": reply.message}}
                            self.event("error", json.dumps(error))
                        self.close_connection = True
                        self.connection.shutdown(2)
                        return
                    self.event(event, data)
                    sent += size
                self.wfile.write(b"0\r\n\r\n")

            def refuse(self, reply: Reply, messages: bool) -> None:
                error: dict[str, Any] = {"type": reply.error, "message": reply.message}
                if not messages:
                    error["code"] = reply.code
                payload = json.dumps({"type": "error", "error": error} if messages else {"error": error}).encode()
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            def event(self, name: str | None, data: str) -> None:
                text = (f"event: {name}\n" if name else "") + f"data: {data}\n\n"
                payload = text.encode()
                self.wfile.write(b"%x\r\n%b\r\n" % (len(payload), payload))

        return Handler


Event = tuple[str | None, str, int]


def _messages(reply: Reply, request: Request) -> Iterable[Event]:
    """The events of the Messages API."""

    def event(name: str, size: int = 0, **values: Any) -> Event:
        return name, json.dumps({"type": name, **values}), size

    usage = {"input_tokens": reply.input_tokens, "output_tokens": 1, "cache_read_input_tokens": reply.cache_read,
             "cache_creation_input_tokens": reply.cache_write}  # fmt: skip
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": request.body["model"], "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for start in range(0, len(reply.text), reply.chunk):
        part = reply.text[start : start + reply.chunk]
        yield event("content_block_delta", len(part), index=0, delta={"type": "text_delta", "text": part})
    yield event("content_block_stop", index=0)
    delta = {"stop_reason": reply.stop, "stop_sequence": None}
    yield event("message_delta", delta=delta, usage={"output_tokens": reply.output_tokens})
    yield event("message_stop")


def _completions(reply: Reply, request: Request) -> Iterable[Event]:
    """The events of the chat-completions API."""
    stop = {"end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"}.get(reply.stop, reply.stop)

    def event(choices: list[dict[str, Any]], size: int = 0, **values: Any) -> Event:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": request.body["model"]}
        return None, json.dumps({**chunk, "choices": choices, **values}), size

    yield event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    for start in range(0, len(reply.text), reply.chunk):
        part = reply.text[start : start + reply.chunk]
        yield event([{"index": 0, "delta": {"content": part}, "finish_reason": None}], len(part))
    yield event([{"index": 0, "delta": {}, "finish_reason": stop}])
    usage = {"prompt_tokens": reply.input_tokens + reply.cache_read, "completion_tokens": reply.output_tokens,
             "total_tokens": reply.input_tokens + reply.cache_read + reply.output_tokens,
             "prompt_tokens_details": {"cached_tokens": reply.cache_read}}  # fmt: skip
    if reply.counts:
        yield event([], usage=reply.usage or usage)
    yield None, "[DONE]", 0
