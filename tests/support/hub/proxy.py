"""A proxy that passes plain HTTP on and remembers what went through it."""

from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from support.hub.doors import Doors
from support.hub.messages import Request


class Proxy:
    """A proxy for one test; use it in a `with`. The paths in `requests` are whole addresses."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._doors = Doors(partial(_Passing, self.requests))

    @property
    def address(self) -> str:
        """Return the proxy's address, for `HTTP_PROXY`."""
        return self._doors.address

    def __enter__(self) -> Self:
        """Open the doors."""
        self._doors.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; what went wrong inside is raised here."""
        self._doors.stop()
        if self._doors.problems and kind is None:
            raise ExceptionGroup("the proxy failed", self._doors.problems)


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def __init__(self, requests: list[Request], *rest: Any) -> None:
        self._requests = requests
        super().__init__(*rest)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by the base
        """Write nothing: the requests are recorded."""

    def do_GET(self) -> None:
        """Pass a request on, and the answer back."""
        headers = {key.lower(): text for key, text in self.headers.items()}
        self._requests.append(Request(self.command, self.path, headers))
        where = urlsplit(self.path)
        connection = HTTPConnection(where.hostname or "", where.port)
        try:
            connection.request(
                self.command, where._replace(scheme="", netloc="").geturl(), headers=headers
            )
            answer = connection.getresponse()
            self.send_response_only(answer.status)
            for key, text in answer.getheaders():
                self.send_header(key, text)
            self.end_headers()
            while block := answer.read(1 << 16):
                self.wfile.write(block)
        finally:
            connection.close()

    do_HEAD = do_GET  # noqa: N815 -- named by the base
