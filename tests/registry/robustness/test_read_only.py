"""Folders that cannot be written to: what is there is used, what is missing is said."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from support.hub.pulling import WEIGHTS, Puller

CARD = {
    "name": "stripes-1", "title": "Stripes", "summary": "A model.", "repo": "org/model",
    "file": WEIGHTS, "licence": "MIT", "licence_source": "its README", "embedder": "timm",
    "input": {"height": 8, "width": 8}, "dimensions": 4, "species_complete": False,
    "species_source": "nowhere", "good_for": "tests", "not_for": "anything else",
    "source": "https://example.org", "checked": "2026-01-02",
}  # fmt: skip


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write from a folder and everything in it, for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [path for path in (folder, *folder.rglob("*")) if not path.is_symlink()]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    try:
        for path in paths:
            path.chmod(modes[path] & 0o555)
        yield
    finally:
        for path in paths:
            path.chmod(modes[path])


def test_cache_that_holds_the_file(bound: Puller) -> None:
    """Weights in a read-only cache are verified and used, without the network."""
    reference = bound.publish()
    path = bound.run("pull", reference).path
    bound.hub.requests.clear()
    with read_only(bound.cache):
        assert bound.run("verify", reference).path == path
        assert bound.run("pull", reference).path == path
    assert bound.hub.requests == []


def test_cache_without_the_file(bound: Puller) -> None:
    """A pull into a read-only cache says which folder it is and how to name another."""
    reference = bound.publish()
    with read_only(bound.cache):
        said = bound.run("pull", reference).sentence
    assert str(bound.cache) in said
    assert "cannot be written to" in said
    assert "HF_HUB_CACHE" in said
    assert bound.hub.served("/cdn/") == 0


def test_cache_that_is_a_file(user: Puller, tmp_path: Path) -> None:
    """A cache that cannot be a folder at all is refused in the same words."""
    (tmp_path / "file").write_text("")
    user.extra = {"HF_HUB_CACHE": str(tmp_path / "file" / "cache")}
    said = user.run("pull", user.publish()).sentence
    assert "cannot be written to" in said
    assert "HF_HUB_CACHE" in said


def test_home(bound: Puller) -> None:
    """Where the user's own folder is read-only, weights are pulled and used all the same."""
    reference = bound.publish()
    home = bound.home / "fieldmark"
    with read_only(home):
        path = bound.run("pull", reference).path
        assert bound.run("verify", reference).path == path
        assert list(home.iterdir()) == []
    assert path.read_bytes() == bound.content


def test_home_with_a_card_to_pin(bound: Puller) -> None:
    """A pull that would pin a card in a read-only folder says that it cannot write it down."""
    bound.publish()
    home = bound.home / "fieldmark"
    (home / "models").mkdir(parents=True)
    card = home / "models" / "stripes-1.yaml"
    card.write_text(yaml.safe_dump(CARD))
    before = card.read_bytes()
    with read_only(home):
        said = bound.run("pull", "stripes-1").sentence
    assert "stripes-1" in said
    assert str(home) in said
    assert card.read_bytes() == before
    bound.run("pull", "stripes-1")
    assert yaml.safe_load(card.read_text())["sha256"] == bound.publish().sha256


@pytest.mark.parametrize("verb", ["verify", "pull-once"])
def test_weights_that_may_not_be_read(bound: Puller, verb: str) -> None:
    """Weights that the user may not read are named, not taken for missing."""
    reference = bound.publish()
    path = bound.run("pull", reference).path
    for receipt in (bound.home / "fieldmark" / "receipts").iterdir():
        receipt.unlink()
    blob = path.resolve()
    blob.chmod(0)
    said = bound.run(verb, reference).sentence
    blob.chmod(0o644)
    assert "cannot be read: Permission denied" in said
