"""``steplang lsp``: the language server, on standard input and output or on a TCP port."""

from __future__ import annotations

import argparse
import gc


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("--tcp", type=int, metavar="PORT", help="listen on this port of localhost instead of stdio")
    parser.add_argument("--stdio", action="store_true", help="speak on standard input and output (the default)")


def run(options: argparse.Namespace) -> int:
    """Serves until the client says exit or goes away."""
    gc.disable()  # what is loaded now stays for ever: looking for garbage in it takes time, now and later
    from step_server.garbage import collect_when_calm
    from step_server.pipes import serve
    from step_server.server import make_server

    server = make_server()
    collect_when_calm(server)
    if options.tcp is None:
        return serve(server)
    server.start_tcp("127.0.0.1", options.tcp)
    return 0
