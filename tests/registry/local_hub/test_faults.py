"""What goes wrong when a test asks for it, and what the real client makes of it."""

import hashlib
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from huggingface_hub import HfApi
from huggingface_hub import errors as said

from support.hub import LocalHub
from support.hub.samples import DIGEST, WEIGHTS, get


def test_failures(hub: LocalHub, api: HfApi) -> None:
    """A request fails as often as was asked for, with the status that was asked for."""
    hub.fail("/api/models", status=500, times=2)
    hub.fail("/api/models", status=429, retry_after=7)
    for status in (500, 500, 429):
        with pytest.raises(said.HfHubHTTPError) as caught:
            api.model_info("org/small")
        assert caught.value.response.status_code == status
    assert caught.value.response.headers["Retry-After"] == "7"
    assert api.model_info("org/small").id == "org/small"
    hub.fail("/api/models", status=500, times=-1)
    hub.heal()
    assert api.model_info("org/small").id == "org/small"


def test_broken_transfer(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A transfer breaks where it was asked to; the client continues with a range."""
    content = WEIGHTS * 60  # the client writes nothing before it has ten megabytes
    hub.publish("org/large", {"model.bin": content})
    hub.cut("/cdn/", after=12_000_000)
    path = Path(api.hf_hub_download("org/large", "model.bin", cache_dir=cache))
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(content).digest()
    broken, rest = hub.asked("/cdn/")
    assert (broken.status, broken.served) == (200, 12_000_000)
    assert (rest.status, rest.headers["range"]) == (206, "bytes=10485760-")
    assert rest.served == len(content) - 10_485_760


def test_slow_transfer_is_healed(hub: LocalHub) -> None:
    """A slow body waits between its pieces; when healed, what is under way ends at once."""
    hub.slow("/raw/", bytes_per_second=1)
    hub.publish("org/text", {"a.txt": bytes(1000)})
    host = urlsplit(hub.endpoint)
    connection = HTTPConnection(host.hostname or "", host.port)
    try:
        connection.request("GET", "/org/text/raw/main/a.txt")
        answer = connection.getresponse()
        assert answer.read(1) == b"\0"
        assert hub.served("/raw/") < 1000
        hub.heal()
        assert answer.read() == bytes(999)
    finally:
        connection.close()


def test_frozen_transfer(hub: LocalHub) -> None:
    """A frozen body stops where it was asked to, and ends when the hub is healed."""
    hub.publish("org/text", {"a.txt": bytes(600_000)})
    hub.freeze("/raw/", after=200_000)
    host = urlsplit(hub.endpoint)
    connection = HTTPConnection(host.hostname or "", host.port)
    try:
        connection.request("GET", "/org/text/raw/main/a.txt")
        answer = connection.getresponse()
        assert answer.read(200_000) == bytes(200_000)
        assert hub.served("/raw/") < 300_000
        hub.heal()
        assert answer.read() == bytes(400_000)
    finally:
        connection.close()


def test_no_answer(hub: LocalHub) -> None:
    """A request that is left without an answer is answered when the hub is healed."""
    hub.stall("/api/")
    host = urlsplit(hub.endpoint)
    connection = HTTPConnection(host.hostname or "", host.port, timeout=0.2)
    try:
        connection.request("GET", "/api/models/org/small")
        with pytest.raises(TimeoutError):
            connection.getresponse()
    finally:
        connection.close()
    hub.heal()
    assert get(f"{hub.endpoint}/api/models/org/small")[0] == 200


def test_lie(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A content can be another than the one that is told, without the client noticing."""
    hub.tamper("org/small", "model.safetensors")
    path = Path(api.hf_hub_download("org/small", "model.safetensors", cache_dir=cache))
    assert path.read_bytes() == WEIGHTS[:-1] + b"\xfe"
    assert path.resolve().name == DIGEST


def test_names_are_told_as_they_are(hub: LocalHub, api: HfApi) -> None:
    """A file name that leaves its folder is told to the client, and written nowhere."""
    hub.publish("org/hostile", {"../../evil.safetensors": b"x"})
    files = api.model_info("org/hostile").siblings or []
    assert [file.rfilename for file in files] == ["../../evil.safetensors"]


def test_closed(hub: LocalHub, api: HfApi) -> None:
    """A hub that was stopped refuses connections; stopping it again does nothing."""
    api.model_info("org/small")
    hub.stop()
    hub.stop()
    with pytest.raises(Exception, match="refused"):
        api.model_info("org/small")
