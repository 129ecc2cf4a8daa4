"""A download that breaks goes on where it broke, and ends in the ordinary cache."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark_registry.hub import Hub
from fieldmark_registry.problems import HubProblem
from support.hub import LocalHub
from support.shelves import WEIGHTS, hub_of

CONTENT = os.urandom(400_000)
FILES = {WEIGHTS: CONTENT, "config.json": b"{}", "parts/head.safetensors": CONTENT[:200_000]}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalHub]:
    """Return a hub with one repository."""
    with LocalHub(tmp_path / "site") as opened:
        opened.publish("org/net", FILES, licence="mit", library_name="timm")
        yield opened


def test_cut_transfer_goes_on_where_it_broke(site: LocalHub, hub: Hub) -> None:
    """A connection that breaks costs no byte that had come; the rest is asked for."""
    site.cut("/cdn/", after=150_000)
    site.cut("/cdn/", after=100_000)
    commit = hub.look("org/net").commit
    assert hub.fetch("org/net", commit, WEIGHTS).read_bytes() == CONTENT
    ranges = [request.headers.get("range") for request in site.asked("/cdn/")]
    assert ranges == [None, "bytes=150000-", "bytes=250000-"]
    assert site.served("/cdn/") == len(CONTENT)


def test_given_up_transfer_goes_on_with_the_next_command(
    site: LocalHub, hub: Hub, tmp_path: Path
) -> None:
    """A transfer that was given up is continued by another client, and ends in the cache."""
    commit = hub.look("org/net").commit
    site.cut("/cdn/", after=150_000)
    with pytest.raises(HubProblem, match=r"connection broke.*same command continues where it stop"):
        hub_of(site, tmp_path, pauses=()).fetch("org/net", commit, WEIGHTS)
    assert hub.cached("org/net", commit, WEIGHTS) is None
    site.requests.clear()
    assert hub.fetch("org/net", commit, WEIGHTS).read_bytes() == CONTENT
    assert site.served("/cdn/") == len(CONTENT) - 150_000
    assert list(hub.folder.rglob("*.incomplete")) == []


def test_damaged_beginning_is_fetched_anew(site: LocalHub, hub: Hub) -> None:
    """A beginning that is not that of the file, as after a loss of power, is not built upon."""
    commit = hub.look("org/net").commit
    blobs = hub.folder / "models--org--net" / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{hashlib.sha256(CONTENT).hexdigest()}.fieldmark.incomplete"
    part.write_bytes(bytes(150_000))
    assert hub.fetch("org/net", commit, WEIGHTS).read_bytes() == CONTENT
    part.write_bytes(bytes(len(CONTENT) + 1))
    assert hub.fetch("org/net", commit, WEIGHTS, again=True).read_bytes() == CONTENT
    assert not part.exists()


def test_slow_hub_is_waited_for(site: LocalHub, hub: Hub) -> None:
    """Bytes that come slowly are taken as they come, and the progress moves with them."""
    site.slow("/cdn/", 1_000_000)
    told: list[int] = []
    commit = hub.look("org/net").commit
    hub.fetch("org/net", commit, WEIGHTS, lambda done, _total, _what: told.append(done))
    assert len(told) >= 8


def test_content_that_is_not_the_announced_one_is_not_kept(site: LocalHub, hub: Hub) -> None:
    """What comes in place of what the hub announced never enters the cache; the rest stays."""
    commit = hub.look("org/net").commit
    kept = hub.fetch("org/net", commit, "config.json")
    before = kept.stat().st_mtime_ns
    site.tamper("org/net", WEIGHTS)
    with pytest.raises(HubProblem, match="not what the hub announced, so it was not kept"):
        hub.fetch("org/net", commit, WEIGHTS)
    assert hub.cached("org/net", commit, WEIGHTS) is None
    assert [path for path in hub.folder.rglob("*") if path.stat().st_size > 100_000] == []
    assert kept.stat().st_mtime_ns == before


def test_again_replaces_only_by_a_whole_file(site: LocalHub, hub: Hub) -> None:
    """A damaged file is fetched again on request, and stays until the new one is whole."""
    commit = hub.look("org/net").commit
    path = hub.fetch("org/net", commit, WEIGHTS)
    path.write_bytes(b"damaged")
    site.fail("/cdn/", 404)
    with pytest.raises(HubProblem):
        hub.fetch("org/net", commit, WEIGHTS, again=True)
    assert path.read_bytes() == b"damaged"
    assert hub.fetch("org/net", commit, WEIGHTS, again=True) == path
    assert path.read_bytes() == CONTENT
    assert path.is_symlink()


def test_again_replaces_a_file_that_is_no_link(site: LocalHub, hub: Hub) -> None:
    """Where links are not to be had the file itself lies in the snapshot, and is replaced there."""
    commit = hub.look("org/net").commit
    path = hub.fetch("org/net", commit, WEIGHTS)
    path.unlink()
    path.write_bytes(b"damaged")
    hub.fetch("org/net", commit, WEIGHTS, again=True)
    assert (path.read_bytes(), path.is_symlink()) == (CONTENT, False)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_waited_for(site: LocalHub, hub: Hub, status: int) -> None:
    """An error that passes is tried again before anyone is told."""
    site.fail("/api/models/org/net", status)
    commit = hub.look("org/net").commit
    site.fail("/resolve/", status)
    site.fail("/cdn/", status, times=2)
    assert hub.fetch("org/net", commit, WEIGHTS).read_bytes() == CONTENT


def test_full_disk_is_noticed_before_the_download(
    site: LocalHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file for which there is no room is not begun."""
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(HubProblem, match=r"needs 0 MB and the disk .* make room, or name another"):
        hub.fetch("org/net", hub.look("org/net").commit, WEIGHTS)
    assert site.asked("/cdn/") == []
