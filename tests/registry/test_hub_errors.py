"""What goes wrong with the hub is said in words, and never shows the token."""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldmark_registry.hub import Hub
from fieldmark_registry.problems import HubProblem
from support.hub import LocalHub
from support.shelves import WEIGHTS, hub_of

CONTENT = os.urandom(400_000)
FILES = {WEIGHTS: CONTENT, "config.json": b"{}", "parts/head.safetensors": CONTENT[:200_000]}
OWNER = "hf_owner0123456789"
NOBODY = "hf_nobody0123456789"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalHub]:
    """Return a hub with one repository."""
    with LocalHub(tmp_path / "site") as opened:
        opened.publish("org/net", FILES, licence="mit", library_name="timm")
        yield opened


def _outcome(call: Callable[[], object]) -> str:
    """Return everything that is shown of a problem: its words and its traceback."""
    with pytest.raises(HubProblem) as caught:
        call()
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_token_is_never_shown(
    site: LocalHub, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """No message, repr, log or traceback holds the token, whatever goes wrong."""
    site.private("org/net", OWNER)
    hub = hub_of(site, tmp_path, token=OWNER)
    commit = hub.look("org/net").commit
    site.fail("org/net", status, times=-1)
    with caplog.at_level(logging.DEBUG):
        shown = _outcome(lambda: hub.fetch("org/net", commit, WEIGHTS))
        shown += _outcome(lambda: hub.look("org/net"))
        shown += _outcome(lambda: hub.upload("org/net", {"a.txt": Path(__file__)}, "message"))
    assert any(request.token == OWNER for request in site.requests)
    assert OWNER not in shown + caplog.text + repr(hub) + str(hub)


def test_token_that_the_server_repeats_is_not_shown(site: LocalHub, tmp_path: Path) -> None:
    """Nothing that a server writes is repeated, for it could be the token."""
    hub = hub_of(site, tmp_path, token=NOBODY)
    shown = _outcome(lambda: hub.look("org/net"))
    assert "does not accept your token" in shown
    assert NOBODY not in shown
    assert "Invalid credentials" not in shown


@pytest.mark.parametrize(
    ("repo", "revision", "words"),
    [
        ("org/other", None, "has no repository org/other, or it is private.*hf auth login"),
        ("org/net", "v9", "org/net has no version 'v9'.*fieldmark models pin org/net"),
        ("net", None, "'net' is not the name of a repository; write ORG/NAME"),
        ("org/../net", None, "is not the name of a repository"),
    ],
)
def test_what_is_not_there_is_named(hub: Hub, repo: str, revision: str | None, words: str) -> None:
    """A repository or a version that does not exist is named, with what to type."""
    with pytest.raises(HubProblem, match=words):
        hub.look(repo, revision)


def test_missing_file_is_named(hub: Hub) -> None:
    """A file that the repository does not have is named, with what it has."""
    repo = hub.look("org/net")
    with pytest.raises(HubProblem, match=r"has no file 'x.bin'.*fieldmark models info org/net"):
        hub.fetch("org/net", repo.commit, "x.bin")
    with pytest.raises(HubProblem, match=r"no file 'x.bin'.*: model.safetensors, parts/head"):
        repo.file("x.bin")


def test_gated_repository_says_how_to_ask(site: LocalHub, tmp_path: Path) -> None:
    """A repository that is given on request says so, and what to do."""
    site.gate("org/net", OWNER)
    site.know(NOBODY)
    for token in (False, NOBODY):
        hub = hub_of(site, tmp_path, token=token)
        repo = hub.look("org/net")
        assert repo.gated
        with pytest.raises(HubProblem, match="given on request only; ask on its page"):
            hub.fetch("org/net", repo.commit, WEIGHTS)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "you may not do this with .*org/net.*use a token that may: log in: hf auth login"),
        (429, "too many requests.*wait a few minutes.*hf auth login"),
        (500, r"has a problem of its own \(error 500\).*try later"),
        (503, r"has a problem of its own \(error 503\)"),
        (418, r"refused to give .*org/net.* \(error 418\)"),
    ],
)
def test_refusal_is_in_words(site: LocalHub, hub: Hub, status: int, words: str) -> None:
    """What the hub answers in place of a file is said in words, with what to do."""
    commit = hub.look("org/net").commit
    site.fail("org/net", status, times=-1)
    with pytest.raises(HubProblem, match=words):
        hub.look("org/net")
    with pytest.raises(HubProblem, match=words):
        hub.fetch("org/net", commit, WEIGHTS)


def test_silent_hub_is_given_up(
    site: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that does not answer is not waited for for ever."""
    commit = hub_of(site, tmp_path).look("org/net").commit
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    site.stall("/cdn/")
    with pytest.raises(HubProblem, match=r"did not answer in time.*HF_HUB_DOWNLOAD_TIMEOUT=60"):
        hub_of(site, tmp_path, pauses=()).fetch("org/net", commit, WEIGHTS)


def test_unreachable_hub_is_in_words(tmp_path: Path) -> None:
    """Where there is no hub, the message names the connection, the proxy and the address."""
    with LocalHub(tmp_path / "closed") as closed:
        hub = hub_of(closed, tmp_path)
    with pytest.raises(HubProblem, match=r"http://127.0.0.1:\d+ cannot be reached.*HF_ENDPOINT"):
        hub.look("org/net")


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the hub's library the message says what to install."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(HubProblem, match="type: pip install huggingface_hub"):
        Hub(offline=False).look("org/net")


def test_password_in_the_address_is_not_shown() -> None:
    """The hub is named by its host, not by a password that may be in its address."""
    assert (
        Hub(endpoint="https://me:secret@hub.example:8443/x").address == "https://hub.example:8443"
    )


def test_folder_that_cannot_be_written_is_named(site: LocalHub, tmp_path: Path) -> None:
    """A cache that cannot be written to is named, with the setting that moves it."""
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    hub = hub_of(site, tmp_path, cache=in_the_way)
    with pytest.raises(HubProblem, match=r"file cannot be written to.*HF_HUB_CACHE"):
        hub.fetch("org/net", hub.look("org/net").commit, WEIGHTS)


def test_upload_needs_a_token_that_may_write(site: LocalHub, tmp_path: Path) -> None:
    """Who may not write is told so, and how to log in."""
    site.know(NOBODY)
    files = {"a.json": tmp_path / "a.json"}
    files["a.json"].write_bytes(b"{}")
    for token in (False, NOBODY):
        with pytest.raises(HubProblem, match="hf auth login"):
            hub_of(site, tmp_path, token=token).upload("org/net", files, "message")
