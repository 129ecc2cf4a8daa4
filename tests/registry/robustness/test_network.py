"""With no network, through a proxy, and when the hub has changed meanwhile."""

from dataclasses import replace

import pytest

from support.hub.proxy import Proxy
from support.hub.pulling import Puller


def test_cached_weights_ask_nobody(user: Puller) -> None:
    """What is here is resolved and even pulled again without one request."""
    reference = user.publish()
    path = user.run("pull", reference).path
    user.hub.requests.clear()
    assert user.run("verify", reference).path == path
    assert user.run("pull", reference).path == path
    assert user.hub.requests == []


def test_offline_with_the_file(user: Puller) -> None:
    """With downloads switched off, or the hub gone, weights that are here are used."""
    reference = user.publish()
    path = user.run("pull", reference).path
    user.extra = {"HF_HUB_OFFLINE": "1"}
    assert user.run("pull", reference).path == path
    user.extra = {}
    user.hub.stop()
    assert user.run("verify", reference).path == path
    assert user.run("pull", reference).path == path


def test_offline_without_the_file(user: Puller) -> None:
    """With downloads switched off nobody is asked; the sentence names the switch."""
    reference = user.publish()
    user.extra = {"HF_HUB_OFFLINE": "1"}
    said = user.run("pull", reference).sentence
    assert "HF_HUB_OFFLINE" in said
    assert "fieldmark models install" in said
    assert user.hub.requests == []
    said = user.run("verify", reference).sentence
    assert f"fieldmark models pull '{reference}'" in said


def test_hub_that_is_gone(user: Puller) -> None:
    """A hub that does not answer is named, and that the same command continues."""
    reference = user.publish()
    user.hub.stop()
    said = user.run("pull-once", reference).sentence
    assert user.hub.endpoint in said
    assert "cannot be reached" in said
    assert "the same command continues" in said


def test_hub_that_goes_away_meanwhile(user: Puller) -> None:
    """A hub that fails for a moment is asked again, without a word."""
    reference = user.publish()
    user.hub.fail("/api/models/", status=503)
    user.hub.fail("/cdn/", status=500)
    assert user.run("pull", reference).path.read_bytes() == user.content


def test_revision_that_moved(user: Puller) -> None:
    """Pinned weights stay what they were, however often their branch moves."""
    reference = user.publish()
    old = user.content
    user.content = old[::-1]
    newer = user.publish()
    assert newer.revision != reference.revision
    assert user.run("pull", reference).path.read_bytes() == old
    assert user.run("pull", newer).path.read_bytes() == user.content
    assert user.run("verify", reference).path.read_bytes() == old


def test_revision_that_is_gone(user: Puller) -> None:
    """A commit that the hub does not have is named, with the command that finds the newest."""
    gone = replace(user.publish(), revision="0" * 40)
    said = user.run("pull", gone).sentence
    assert "0" * 40 in said
    assert "fieldmark models pin org/model" in said


def test_proxy(user: Puller) -> None:
    """Everything goes through the proxy that is set, and the token no further than the hub."""
    reference = user.publish()
    user.hub.private("org/model", token=user.hub.token)
    with Proxy() as proxy:
        user.extra = {
            "HTTP_PROXY": proxy.address, "NO_PROXY": "", "HF_TOKEN": user.hub.token,
        }  # fmt: skip
        assert user.run("pull", reference).path.read_bytes() == user.content
        passed = [request.path for request in proxy.requests]
    assert [path.split("/", 3)[3] for path in passed] == [
        request.path[1:] for request in user.hub.requests
    ]
    assert {request.token for request in proxy.requests if "/cdn/" in request.path} == {None}
    assert {request.token for request in user.hub.asked("/resolve/")} == {user.hub.token}


def test_proxy_that_is_gone(user: Puller) -> None:
    """A proxy that does not answer is among the things to check, and nobody else is asked."""
    with Proxy() as proxy:
        address = proxy.address
    user.extra = {"HTTP_PROXY": address, "NO_PROXY": ""}
    said = user.run("pull-once", user.publish()).sentence
    assert "proxy" in said
    assert user.hub.requests == []


@pytest.mark.parametrize("token", ["hf_wrong_but_secret", ""])
def test_token_stays_secret(user: Puller, token: str) -> None:
    """A refused token is not repeated, whatever the process says."""
    reference = user.publish()
    user.hub.private("org/model", token=user.hub.token)
    user.extra = {"HF_TOKEN": token, "HF_HUB_VERBOSITY": "debug"}
    ended = user.run("pull", reference)
    assert ended.status == 1
    assert "hf auth login" in ended.err
    assert "hf_wrong_but_secret" not in ended.err + ended.out
