"""Weights that are not what they were: said with both digests, and nothing is deleted."""

from support.hub.pulling import Puller
from support.hub.repos import sha256_of_bytes


def test_file_that_changed(user: Puller) -> None:
    """A changed file in the cache is refused and stays; a pull anew mends it."""
    reference = user.publish()
    path = user.run("pull", reference).path
    path.write_bytes(b"mine")
    for verb in ("verify", "pull"):
        said = user.run(verb, reference).sentence
        assert sha256_of_bytes(b"mine") in said
        assert reference.sha256 in said
        assert "nothing was deleted" in said
        assert f"fieldmark models pull --again '{reference}'" in said
        assert path.read_bytes() == b"mine"
    assert user.run("pull-again", reference).path.read_bytes() == user.content


def test_hub_that_lies(user: Puller) -> None:
    """A content that is not the one announced is not kept; a good one is taken afterwards."""
    reference = user.publish()
    user.hub.tamper("org/model", reference.file)
    said = user.run("pull", reference).sentence
    assert "not what the hub announced" in said
    assert reference.sha256 not in {path.name for path in user.blobs.iterdir()}
    user.hub.heal()
    assert user.run("pull", reference).path.read_bytes() == user.content
