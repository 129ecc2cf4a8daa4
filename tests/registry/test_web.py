"""Weights at an address of the web: shown, downloaded, checked, kept, and pinned from then on."""

import hashlib
import os
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from fieldmark_registry.cards import Card
from fieldmark_registry.gc import collect, garbage
from fieldmark_registry.hub import Hub
from fieldmark_registry.pack import pack
from fieldmark_registry.pin import pin
from fieldmark_registry.problems import CardProblem, HubProblem, WeightsProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import WebReference
from fieldmark_registry.web import UNFINISHED, look
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.hub.doors import Doors
from support.shelves import card_in, shelf_of

CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
FILE = "net.pt"


def address(site: LocalHub) -> str:
    """Publish the file, and return its address; it lies on another host, where a redirect leads."""
    site.publish("zoo/files", {FILE: CONTENT})
    return f"{site.endpoint}/zoo/files/resolve/main/{FILE}"


def carded(site: LocalHub, folder: Path, **changes: Any) -> Card:
    """Ship the card of a detector whose weights lie at an address."""
    values = {
        "repo": None, "url": address(site), "file": FILE, "licence": "MIT", "as_is": True,
        "embedder": None, "dimensions": None, "detector": "megadetector", "md5": MD5,
    }  # fmt: skip
    return card_in(folder / "shipped", **{**values, **changes})


def kept(shelf: Shelf) -> list[Path]:
    """Return every large file in fieldmark's own folder."""
    return [path for path in shelf.home.rglob("*") if path.is_file() and path.stat().st_size > 999]


def test_pull_downloads_checks_and_pins(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """The plan shows size, licence and address; then the user's card names what came."""
    card = carded(site, tmp_path)
    planned = plan(shelf, "net-1")
    assert (planned.total, planned.licence.text, planned.named) == (len(CONTENT), "MIT", card.place)
    assert (planned.pins, planned.here, planned.convert) == (True, False, False)
    assert site.asked("", "GET") == []
    path = pull(shelf, planned)
    assert path.read_bytes() == CONTENT
    own = shelf.cards.get("net-1")
    assert (own.sha256, own.size, own.md5) == (SHA256, len(CONTENT), MD5)
    reference = WebReference(card.place, SHA256)
    assert shelf.exact("net-1") == reference
    notes = [receipt for _, receipt in shelf.receipts.all() if receipt and receipt.pulled]
    assert [note.reference for note in notes] == [str(reference)]
    assert kept(shelf) == [path]
    site.requests.clear()
    assert plan(shelf, "net-1").here
    assert shelf.verified(str(reference), anew=True) == path
    assert shelf.locate(reference).licence.text == "MIT"
    assert site.requests == []


def test_a_break_is_continued_by_the_next_command(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """What had come before the connection broke is not fetched again."""
    carded(site, tmp_path)
    site.cut("/cdn/", after=120_000)
    impatient = shelf_of(site, tmp_path, pauses=())
    with pytest.raises(HubProblem, match=f"the same command continues.*models pin {FILE}$"):
        pull(impatient, plan(impatient, "net-1"))
    assert not shelf.cards.get("net-1").pinned
    site.requests.clear()
    pull(shelf, plan(shelf, "net-1"))
    assert site.served("/cdn/") == len(CONTENT) - 120_000


def test_a_damaged_beginning_is_fetched_anew(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A beginning that is not that of the file is not built upon, where a digest is stated."""
    url = carded(site, tmp_path).place
    folder = shelf.store.folder / f"{UNFINISHED}{look(shelf.hub, url).key}"
    folder.mkdir(parents=True)
    (folder / f"{FILE}.fieldmark.incomplete").write_bytes(bytes(100_000))
    assert pull(shelf, plan(shelf, "net-1")).read_bytes() == CONTENT


@pytest.mark.parametrize("stated", [{"md5": "0" * 32}, {"sha256": "0" * 64}])
def test_another_file_is_refused_and_not_kept(
    site: LocalHub, shelf: Shelf, tmp_path: Path, stated: dict[str, str]
) -> None:
    """What has another digest than the card states is deleted, and nothing is pinned."""
    carded(site, tmp_path, **stated)
    words = r"is not the file that was named \(its (MD5|sha256) is .*, expected 0+\), so it was not"
    with pytest.raises(HubProblem, match=words):
        pull(shelf, plan(shelf, "net-1"))
    assert kept(shelf) == []
    assert not (shelf.home / "models").exists()


def test_another_size_is_refused_before_the_download(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A pinned card knows how long the file is."""
    carded(site, tmp_path, sha256=SHA256, size=5)
    with pytest.raises(WeightsProblem, match="has 300000 bytes, expected 5; nothing was downl"):
        plan(shelf, "net-1")
    assert site.asked("", "GET") == []


def test_a_reference_needs_no_card(site: LocalHub, shelf: Shelf) -> None:
    """An address with a digest is fetched as it is; nobody states a licence."""
    reference = WebReference(address(site), SHA256)
    planned = plan(shelf, str(reference))
    assert (planned.licence.text, planned.pins) == ("none stated", False)
    # Without a card that says who opens it, a pickle is a pickle.
    with pytest.raises(WeightsProblem, match="is a pickle"):
        pull(shelf, planned)
    assert site.asked("", "GET") == []


def test_a_reference_is_known_by_its_address(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """A profile of another computer names the file; here its card is not pinned, and stays so."""
    reference = WebReference(carded(site, tmp_path).place, SHA256)
    planned = plan(shelf, reference)
    assert (planned.licence.text, planned.convert, planned.pins) == ("MIT", False, False)
    assert pull(shelf, planned).read_bytes() == CONTENT
    assert not shelf.cards.get("net-1").pinned
    assert shelf.verified(reference).read_bytes() == CONTENT


def test_again_replaces_what_is_damaged(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """Damaged weights stay until they are asked for again."""
    carded(site, tmp_path)
    path = pull(shelf, plan(shelf, "net-1"))
    path.write_bytes(b"damaged")
    with pytest.raises(WeightsProblem, match="to download it anew: fieldmark models pull --again"):
        plan(shelf, "net-1")
    assert pull(shelf, plan(shelf, "net-1", again=True), again=True).read_bytes() == CONTENT


def test_offline_it_says_how_to_bring_the_file(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """Without a network nothing is asked, and the other way is named."""
    card = carded(site, tmp_path)
    site.requests.clear()
    words = f"switched off .*or download {card.place} elsewhere.*: fieldmark models pin {FILE}$"
    with pytest.raises(HubProblem, match=words):
        plan(shelf_of(site, tmp_path, offline=True), "net-1")
    assert site.requests == []
    with pytest.raises(CardProblem, match=r"not on this computer.*: fieldmark models pull net-1$"):
        shelf.verified("net-1")


def test_a_file_brought_by_hand_is_known_by_its_digest(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """`pin FILE` finds the card by the published MD5, and pins it; the file stays where it is."""
    card = carded(site, tmp_path)
    site.requests.clear()
    file = tmp_path / "brought.pt"
    file.write_bytes(CONTENT)
    found = pin(shelf, str(file))
    assert (found.reference.sha256, found.licence.text) == (SHA256, "MIT")
    assert found.card is not None
    assert found.written == shelf.home / "models" / "net-1.yaml"
    assert shelf.verified("net-1") == shelf.verified(found.reference) == file
    located = shelf.locate(found.reference)
    assert (located.card, located.licence.text, located.pickle) == (found.card, "MIT", False)
    assert plan(shelf, "net-1").here
    assert pin(shelf, "net-1").reference == WebReference(card.place, SHA256)
    assert site.requests == []
    file.unlink()
    with pytest.raises(WeightsProblem, match="to download them: fieldmark models pull net-1"):
        shelf.verified("net-1")


def test_another_file_is_not_taken_for_the_cards(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A name proves nothing: only a digest does."""
    carded(site, tmp_path)
    (tmp_path / FILE).write_bytes(b"other")
    found = pin(shelf, str(tmp_path / FILE))
    assert (found.card, found.written, found.licence.text) == (None, None, "none stated")


def test_an_address_cannot_be_pinned_without_a_download(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A server keeps no digest that could be asked for."""
    carded(site, tmp_path)
    with pytest.raises(
        WeightsProblem, match=f"pull net-1, or name .*: fieldmark models pin {FILE}"
    ):
        pin(shelf, "net-1")


def test_gc_keeps_what_is_named(site: LocalHub, shelf: Shelf, tmp_path: Path) -> None:
    """Named by reference or by its card, also one that is not pinned, it stays; else it goes."""
    carded(site, tmp_path)
    path = pull(shelf, plan(shelf, "net-1"))
    reference = str(shelf.exact("net-1"))
    assert garbage(shelf, [reference]) == garbage(shelf, ["net-1"]) == ()
    (shelf.home / "models" / "net-1.yaml").unlink()
    assert garbage(shelf, ["net-1"]) == ()
    items = garbage(shelf, [])
    assert {item.kind for item in items} == {"stored", "receipt"}
    assert any(reference in item.what for item in items)
    collect(items)
    assert not path.exists()


def test_what_is_opened_as_it_is_is_not_packed(
    site: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    """A pack holds nothing that could run; the sentence says how the file travels."""
    carded(site, tmp_path)
    pull(shelf, plan(shelf, "net-1"))
    with pytest.raises(WeightsProblem, match=f"carry the file itself.*models pin {FILE}"):
        pack(shelf, ["net-1"], [], tmp_path / "out.zip")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, r"has no net.pt for everybody \(error 404\); look at its page; or download"),
        (503, r"could not give net.pt \(error 503\); try later, the same command continues"),
    ],
)
def test_what_a_server_refuses_is_told(
    site: LocalHub, shelf: Shelf, status: int, words: str
) -> None:
    """Each failure names the server and the other way to the file."""
    url = address(site)
    site.fail("/resolve/", status, times=-1)
    with pytest.raises(HubProblem, match=words):
        look(shelf.hub, url)


def test_a_server_that_is_gone_is_told(site: LocalHub, shelf: Shelf) -> None:
    """Nobody answers: the sentence names the connection and not the hub's settings."""
    url = address(site)
    site.stop()
    with pytest.raises(HubProblem, match=r"cannot be reached.*HTTPS_PROXY") as refused:
        look(shelf.hub, url)
    assert "HF_ENDPOINT" not in str(refused.value)


class _Answers(BaseHTTPRequestHandler):
    """Answers every request with one status and some headers."""

    def __init__(self, status: int, headers: dict[str, str], *rest: Any) -> None:
        self._said = status, headers
        super().__init__(*rest)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by the base
        """Write nothing."""

    def do_HEAD(self) -> None:
        """Answer."""
        status, headers = self._said
        self.send_response(status)
        for key, text in {"Content-Length": "0", **headers}.items():
            self.send_header(key, text)
        self.end_headers()


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (302, {"Location": "/net.ckpt"}, "redirects too often"),
        (302, {"Location": "http://zoo.example/net.ckpt"}, "to zoo.example without encryption"),
        (200, {"Content-Type": "text/html; charset=utf-8"}, "is a page and no file of weights"),
    ],
)
def test_what_is_no_file_is_refused(
    hub: Hub, status: int, headers: dict[str, str], words: str
) -> None:
    """Circles, plain connections and pages that ask to log in end in a sentence."""
    doors = Doors(partial(_Answers, status, headers))
    doors.start()
    try:
        with pytest.raises(HubProblem, match=words):
            look(hub, f"{doors.address}/net.ckpt")
    finally:
        doors.stop()


def test_a_server_that_does_not_say_the_size_is_no_fault(hub: Hub) -> None:
    """Where nobody answers what a file is like, its size is unknown."""
    doors = Doors(partial(_Answers, 405, {}))
    doors.start()
    try:
        assert look(hub, f"{doors.address}/net.ckpt").size == 0
    finally:
        doors.stop()
