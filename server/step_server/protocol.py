"""The protocol's text synchronisation, with this server's own documents in place of pygls's workspace.

pygls splits lines with ``str.splitlines``, which is not how the protocol counts them, and copies every text on each
keystroke; here a document has one owner. Messages that are not plain LSP keep their parameters as JSON values.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from cattrs import Converter
from lsprotocol import types as lsp
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

if TYPE_CHECKING:
    from step_server.session import Session


class StepProtocol(LanguageServerProtocol):
    """Opens, changes and closes documents of the session."""

    @property
    def _session(self) -> Session:
        session: Session = self._server.session  # type: ignore[attr-defined]
        return session

    def _check_handler_result(self, future: Future[Any]) -> None:
        """A notification was handled. pygls forgets the futures of requests only, and keeps these for ever."""
        for id in [id for id, known in self._request_futures.items() if known is future]:
            del self._request_futures[id]
        super()._check_handler_result(future)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message with its parameters read. pygls leaves a request whose parameters make no sense without an answer,
        and who asked waits for ever."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if _is_request(data):
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Hands a message over; a request that comes too early or too late is told so, as the protocol wants it."""
        id, method = getattr(message, "id", None), getattr(message, "method", None)
        if id is not None and method is not None:
            if self._shutdown:
                error: JsonRpcException = JsonRpcInvalidRequest("the server was shut down")
                self._send_response(id, error=error.to_response_error())
                return
            if self._workspace is None and method != lsp.INITIALIZE:
                error = JsonRpcServerNotInitialized("the server was not initialized yet")
                self._send_response(id, error=error.to_response_error())
                return
        super().handle_message(message)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A document opened."""
        one = params.text_document
        self._session.documents.open(one.uri, one.version, one.text)

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A document changed."""
        one = params.text_document
        self._session.documents.change(one.uri, one.version, list(params.content_changes))

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """A document closed."""
        self._session.documents.close(params.text_document.uri)


def _is_request(data: dict[str, Any]) -> bool:
    return isinstance(data.get("id"), (int, str)) and isinstance(data.get("method"), str)


def make_converter() -> Converter:
    """The converter of messages; custom ones are left as they are."""
    converter = get_converter()
    for cls in (JsonRPCRequestMessage, JsonRPCNotification, JsonRPCResponseMessage):
        converter.register_structure_hook(cls, _as_it_is)
    return converter


def _as_it_is(message: dict[str, Any], cls: type[Any]) -> Any:
    names = {one.name for one in cls.__attrs_attrs__}
    return cls(**{name: message.get(name) for name in names})
