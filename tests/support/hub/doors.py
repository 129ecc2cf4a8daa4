"""A server in a thread that can be closed at any moment, with nothing left open behind it."""

import contextlib
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_GONE = (BrokenPipeError, ConnectionResetError, ConnectionAbortedError)


class Doors(ThreadingHTTPServer):
    """A server on a free port of this computer, with its thread."""

    daemon_threads = False  # so that closing waits for every connection's thread
    request_queue_size = 64

    def __init__(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.problems: list[Exception] = []
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._stopped = False

    @property
    def address(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections and wait for their threads; a second time does nothing."""
        if self._stopped:
            return
        self._stopped = True
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        for connection in list(self._open):
            shut(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember a connection, so that it can be ended from here."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- the base's
        """Keep what went wrong here for the test; a client that went away is no fault."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, _GONE):
            self.problems.append(error)


def shut(connection: socket.socket) -> None:
    """Break a connection."""
    with contextlib.suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)
