"""Processes that pull the same weights at once do not disturb one another."""

import subprocess
import sys

from support.hub.pulling import WEIGHTS, Puller, finish, wait_until

LIBRARY = """
import sys
from huggingface_hub import hf_hub_download
print(hf_hub_download(sys.argv[1], sys.argv[2], revision=sys.argv[3]))
"""
PATIENT = {"HF_HUB_DOWNLOAD_TIMEOUT": "100"}


def test_two_at_once(user: Puller) -> None:
    """Both end well with the same file, and it is sent once."""
    reference = user.publish()
    user.extra = PATIENT
    user.hub.stall("/cdn/")
    asked = f"/resolve/{reference.revision}/{WEIGHTS}"
    both = [user.start("pull", reference) for _ in range(2)]
    wait_until(lambda: len(user.hub.asked(asked, "HEAD")) >= 2, *both)
    user.hub.heal()
    first, second = (finish(process).path for process in both)
    assert first == second
    assert first.read_bytes() == user.content
    assert [request.status for request in user.hub.asked("/cdn/")] == [200]
    assert user.hub.served("/cdn/") == len(user.content)


def test_one_takes_over(user: Puller) -> None:
    """When the process that downloads is killed, the one that waits for it continues."""
    reference = user.publish()
    user.extra = PATIENT
    asked = f"/resolve/{reference.revision}/{WEIGHTS}"
    first = user.start_frozen(reference, 500_000)
    second = user.start("pull", reference)
    wait_until(lambda: len(user.hub.asked(asked, "HEAD")) >= 2, first, second)
    first.kill()
    first.communicate()
    user.hub.heal()
    assert finish(second).path.read_bytes() == user.content
    _, rest = user.hub.asked("/cdn/")
    assert rest.status == 206
    assert rest.served < len(user.content)


def test_other_tools(user: Puller) -> None:
    """What fieldmark pulled is there for the Hub's own library, and the other way round."""
    reference = user.publish()
    ours = user.run("pull", reference).path
    user.hub.requests.clear()
    theirs = subprocess.run(
        [sys.executable, "-c", LIBRARY, reference.repo, WEIGHTS, reference.revision],
        env=user.hub.environment(user.home), check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    assert theirs == str(ours)
    assert user.hub.requests == []
