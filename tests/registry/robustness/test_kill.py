"""A pull that is killed loses nothing: the same command continues where it stopped."""

import signal

import pytest

from support.hub.pulling import Puller


def test_killed_pull_continues(user: Puller) -> None:
    """After SIGKILL the same command asks for the rest only, and the digest holds."""
    reference = user.publish()
    user.stop_after(2_500_000, reference)
    have = user.part
    assert 2_500_000 <= have < len(user.content)
    assert user.run("pull", reference).path.read_bytes() == user.content
    _, rest = user.hub.asked("/cdn/")
    assert (rest.status, rest.headers["range"]) == (206, f"bytes={have}-")
    assert rest.served == len(user.content) - have
    assert user.part == 0


def test_pull_that_is_killed_again_and_again(user: Puller) -> None:
    """Every attempt begins where the last one stopped, so that even a bad day ends well."""
    reference = user.publish()
    sizes = []
    for _ in range(3):
        user.stop_after(1_200_000, reference)
        sizes.append(user.part)
    assert sizes[-1] >= 3 * 1_200_000
    assert user.run("pull", reference).path.read_bytes() == user.content
    asked = [request.headers.get("range") for request in user.hub.asked("/cdn/")]
    assert asked == [None, *(f"bytes={size}-" for size in sizes)]


def test_interrupted_pull_continues(user: Puller) -> None:
    """Ctrl-C is no worse than SIGKILL: the beginning stays."""
    reference = user.publish()
    assert user.stop_after(2_000_000, reference, signal.SIGINT) != 0
    assert user.run("pull", reference).path.read_bytes() == user.content
    _, rest = user.hub.asked("/cdn/")
    assert rest.status == 206


def test_damaged_beginning(user: Puller) -> None:
    """A beginning that was damaged meanwhile is noticed; then the whole file is fetched once."""
    reference = user.publish()
    user.stop_after(2_000_000, reference)
    (part,) = user.blobs.glob("*.incomplete")
    part.write_bytes(b"\0" * user.part)
    assert user.run("pull", reference).path.read_bytes() == user.content
    assert [request.status for request in user.hub.asked("/cdn/")] == [200, 206, 200]


def test_line_that_breaks(user: Puller) -> None:
    """A connection that breaks after every two megabytes still brings the whole file, once."""
    reference = user.publish()
    user.hub.cut("/cdn/", after=2_000_000, times=-1)
    assert user.run("pull", reference).path.read_bytes() == user.content
    assert user.hub.served("/cdn/") == len(user.content)
    asked = [request.headers.get("range") for request in user.hub.asked("/cdn/")]
    assert asked == [None, "bytes=2000000-", "bytes=4000000-"]


@pytest.mark.parametrize("after", [1, 5_999_999])
def test_line_that_breaks_for_good(user: Puller, after: int) -> None:
    """When nothing comes any more, a sentence says so, and the same command continues."""
    reference = user.publish()
    user.hub.cut("/cdn/", after=after)
    said = user.run("pull-once", reference).sentence
    assert "the same command continues where it stopped" in said
    assert user.run("pull-once", reference).path.read_bytes() == user.content
    assert user.hub.served("/cdn/") == len(user.content)
