"""A small repository, and a way to ask for it without the client."""

import hashlib
from http.client import HTTPConnection
from urllib.parse import urlsplit

WEIGHTS = bytes(range(256)) * 1200
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()
READER, OTHER, UNKNOWN = "hf_reader", "hf_other", "hf_unknown"
"""Tokens."""
FILES = {"model.safetensors": WEIGHTS, "config.json": b"{}", "notes/deep/a.txt": b"a"}


def get(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask without the client; return the status, the headers and the body."""
    where = urlsplit(address)
    connection = HTTPConnection(where.hostname or "", where.port)
    try:
        connection.request("GET", where.path, headers=headers)
        answer = connection.getresponse()
        named = {key.lower(): text for key, text in answer.getheaders()}
        return answer.status, named, answer.read()
    finally:
        connection.close()
