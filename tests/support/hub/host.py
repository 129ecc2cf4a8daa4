"""One host: HTTP/1.1 over real sockets, connections kept open, bodies streamed."""

import re
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from support.hub.doors import Doors, shut
from support.hub.messages import Answer, Refusal, Request, as_json
from support.hub.repos import blocks
from support.hub.routes import route
from support.hub.site import Call, Site

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Host(Doors):
    """One of the hub's hosts."""

    def __init__(self, site: Site, requests: list[Request]) -> None:
        super().__init__(partial(_Handler, site, requests))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def __init__(self, site: Site, requests: list[Request], *rest: Any) -> None:
        self._site = site
        self._requests = requests
        super().__init__(*rest)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by the base
        """Write nothing: the requests are recorded."""

    def do_GET(self) -> None:
        """Answer a request and record it."""
        headers = {key.lower(): text for key, text in self.headers.items()}
        request = Request(self.command, self.path, headers)
        self._requests.append(request)
        self._site.faults.hold(self.path)
        upload = self._site.objects.incoming() if self.command == "PUT" else None
        try:
            answer = self._answered(request, upload)
        finally:
            if upload is not None:
                upload.unlink(missing_ok=True)
        self._send(request, answer)

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 -- named by the base

    def _answered(self, request: Request, upload: Path | None) -> Answer:
        body = self._take(upload)
        if (failure := self._site.faults.failure(request.path)) is not None:
            status, seconds = failure
            named = {"Retry-After": str(seconds)} if status in {429, 503} else {}
            return as_json({"error": f"fault {status} of the test"}, status, named)
        try:
            part, parts, query = route(request.method, request.path)
            return part(Call(self._site, request, parts, query, body, upload))
        except Refusal as refusal:
            return refusal.answer

    def _take(self, upload: Path | None) -> bytes:
        """Return the body; one that is an upload goes to its file instead."""
        if upload is None:
            return b"".join(self._pieces())
        with upload.open("wb") as file:
            for piece in self._pieces():
                file.write(piece)
        return b""

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left and (piece := self.rfile.read(min(left, 1 << 20))):
            left -= len(piece)
            yield piece

    def _send(self, request: Request, answer: Answer) -> None:
        start, stop = 0, answer.size
        status, named = answer.status, dict(answer.headers)
        if status == 200 and (asked := _range(request, answer.size)) is not None:
            start, stop = asked
            status = 206 if start < stop else 416
            told = f"{start}-{stop - 1}" if start < stop else "*"
            named["Content-Range"] = f"bytes {told}/{answer.size}"
        request.status = status
        self.send_response(status)
        for key, text in {**named, "Content-Length": str(max(0, stop - start))}.items():
            self.send_header(key, text)
        self.end_headers()
        if request.method != "HEAD":
            self._send_body(request, answer, start, stop)

    def _send_body(self, request: Request, answer: Answer, start: int, stop: int) -> None:
        faults = self._site.faults
        after = faults.break_after(request.path, stop - start)
        pace = faults.pace(request.path)
        reached = start
        while reached < (stop if after is None else start + after):
            size = min(faults.piece(request.path), stop - reached)
            if after is not None:
                size = min(size, start + after - reached)
            piece = _content(answer, reached, reached + size)
            reached += size
            request.served += size  # before the client can have it, so that tests may count
            self.wfile.write(piece)
            pace(size)
        if after is not None:
            shut(self.connection)
            self.close_connection = True


def _content(answer: Answer, start: int, stop: int) -> bytes:
    if answer.file is None:
        return answer.body[start:stop]
    return b"".join(blocks(answer.file, start, stop))


def _range(request: Request, size: int) -> tuple[int, int] | None:
    """Return the first byte asked for and the one after the last; (0, 0) if there are none."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    stop = min(size, int(found[2]) + 1) if found[2] else size
    return (int(found[1]), stop) if int(found[1]) < stop else (0, 0)
