"""Model cards: read strictly, found by name and repository, and used only when they are pinned."""

import os
from pathlib import Path

import pytest
import yaml

from fieldmark_registry.cards import Cards, read_card, write_card
from fieldmark_registry.cardtext import MAX_BYTES
from fieldmark_registry.places import HOME, shipped_cards
from fieldmark_registry.problems import CardProblem
from fieldmark_registry.references import HubReference

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "fedcba9876543210" * 4
LION = f"""\
name: lion-1
title: Lion model
summary: Knows lions by their whiskers.
repo: Zoo/Lion-1
revision: {COMMIT}
file: model.safetensors
sha256: {DIGEST}
size: 1000
config: {{file: config.json}}
licence: MIT
licence_source: https://example.org/licence
embedder: timm
input: {{height: 224, width: 448}}
dimensions: 768
parameters: 28000000
species: [Panthera leo]
species_complete: true
species_source: https://example.org/paper
scores:
- {{data: LionData, measure: top-1, value: 0.9, source: https://example.org/paper}}
good_for: lions
not_for: anything else
source: https://example.org
checked: 2026-07-01
"""


def written(folder: Path, text: str = LION, name: str = "lion-1") -> Path:
    """Write a card under a name and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(text.replace("name: lion-1", f"name: {name}"), encoding="utf-8")
    return file


def without(*keys: str) -> str:
    """Return the card without some of its lines."""
    lines = LION.splitlines(keepends=True)
    return "".join(line for line in lines if line.split(":")[0] not in keys)


def test_a_card_is_read(tmp_path: Path) -> None:
    """A card says what the model is, and names its weights exactly."""
    written(tmp_path)
    card = Cards([tmp_path]).get("lion-1")
    assert card.pinned
    assert card.reference() == HubReference("Zoo/Lion-1", COMMIT, "model.safetensors", DIGEST)
    assert (card.input.height, card.input.width, card.input.channels) == (224, 448, 3)
    assert card.scores[0].value == 0.9
    assert card.checked.isoformat() == "2026-07-01"


@pytest.mark.parametrize("key", ["revision", "sha256"])
def test_a_card_that_is_not_pinned_names_no_weights(tmp_path: Path, key: str) -> None:
    """Without commit or digest a card can be looked at, and says how to pin it."""
    written(tmp_path, without(key))
    card = Cards([tmp_path]).get("lion-1")
    assert not card.pinned
    with pytest.raises(CardProblem, match=r"'lion-1' does not .*: fieldmark models pin lion-1$"):
        card.reference()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dimensions: 768\n", "", "dimensions: is missing"),
        ("dimensions: 768", "dimensons: 768", "dimensons: no such key"),
        ("dimensions: 768", "dimensions: many", "dimensions: must be a valid integer.*'many'"),
        ("dimensions: 768", "dimensions: 0", r"dimensions: must be greater than 0 \(got 0\)"),
        ("title: Lion model", "title: 3", r"title: must be text; put it in quotes \(got 3\)"),
        (DIGEST, "12ab", r"sha256: must be 64 digits and letters a–f \(got '12ab'\)"),
        (COMMIT, "main", r"revision: must be a full commit.*\(got 'main'\)"),
        ("Zoo/Lion-1", "https://zoo/lion", "repo: must be a repository of the hub, ORG/NAME"),
        ("file: model", "file: ../model", "file: must be a file's path inside the repository"),
        ("value: 0.9", "value: .nan", r"scores\[0\]\.value: must be a finite number"),
        ("height: 224", "height: -1", r"input\.height: must be greater than 0"),
        ("[Panthera leo]", "lion", r"species: must be a list \(got 'lion'\)"),
        ("2026-07-01", "soon", "checked: must be a valid date"),
        ("name: lion-1", "name: lion-2", "name: must be 'lion-1', as the file is called"),
        ("title:", "licence: MIT\ntitle:", "licence: is written twice"),
        ("value: 0.9", "value: 0.9, value: 1", "value: is written twice"),
        ("title: Lion", "title: &x Lion", "line 2: write the value itself, without & [*] and !"),
        ("title: Lion", "title: !!python/name:os.system Lion", "line 2: write the value itself"),
        ("[Panthera leo]", "[" * 20 + "]" * 20, "nested too deeply"),
        ("[Panthera leo]", "[Panthera leo", "expected ',' or ']'"),
        (LION, "just words", "card: must be a group of 'key: value' lines"),
        (LION, "", "card: must be a group of 'key: value' lines"),
        ("lions\n", "lions" * MAX_BYTES + "\n", "it is larger than 65536 bytes"),
        ("Knows", "Knows\x00", "cannot be used"),
    ],
)
def test_a_faulty_card_is_refused_by_file_and_key(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    """A fault is told in one line with the file and the key; no text is more than data."""
    text = LION.replace(old, new)
    assert text != LION
    file = tmp_path / "lion-1.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CardProblem, match=words) as refused:
        Cards([tmp_path]).get("lion-1")
    assert str(refused.value).startswith(f"the model card {file} cannot be used: ")
    assert "\n" not in str(refused.value)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Several faults of one card are told together."""
    written(tmp_path, without("title", "licence"))
    with pytest.raises(CardProblem, match="title: is missing; licence: is missing"):
        Cards([tmp_path]).get("lion-1")


def test_a_card_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """A folder in the place of a card, or a file that vanished, is told in words."""
    (tmp_path / "lion-1.yaml").mkdir()
    with pytest.raises(CardProblem, match=r"lion-1\.yaml cannot be read: Is a directory"):
        read_card(tmp_path / "lion-1.yaml")
    with pytest.raises(CardProblem, match=r"lion-2\.yaml cannot be read: No such file"):
        read_card(tmp_path / "lion-2.yaml")


def test_a_changed_card_is_read_again(tmp_path: Path) -> None:
    """A card is read once, and again when its file has changed."""
    file = written(tmp_path)
    first = read_card(file)
    assert read_card(file) is first
    file.write_text(LION.replace("768", "512"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert read_card(file).dimensions == 512


def test_own_cards_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of two cards with one name the user's counts; each says whose it is."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    shipped, own = tmp_path / "shipped", tmp_path / "home" / "models"
    monkeypatch.setattr("fieldmark_registry.cards.shipped_cards", lambda: shipped)
    cards = Cards([own, shipped])
    written(shipped)
    written(shipped, name="lion-2")
    assert cards.origin("lion-1") == "shipped"
    written(own, LION.replace("768", "512"))
    assert cards.origin("lion-1") == "yours"
    assert cards.origin("lion-2") == "shipped"
    assert cards.get("lion-1").dimensions == 512
    assert cards.names() == ("lion-1", "lion-2")
    assert Cards.standard().folders == (own, shipped_cards())


def test_an_unknown_card_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """An unknown name is refused, with what it may have been and how to see all."""
    written(tmp_path)
    cards = Cards([tmp_path])
    with pytest.raises(CardProblem, match=r"'lion1', did you mean 'lion-1'\? .*: fieldmark models"):
        cards.get("lion1")
    with pytest.raises(CardProblem, match=r"no model card '\.\./lion-1'"):
        Cards([tmp_path / "models"]).origin("../lion-1")


def test_a_card_is_found_by_its_repository(tmp_path: Path) -> None:
    """The commit's own card comes first, then one without a commit; case does not matter."""
    written(tmp_path, name="pinned")
    written(tmp_path, without("revision"), name="loose")
    cards = Cards([tmp_path])
    exact, loose = cards.find("zoo/lion-1", COMMIT), cards.find("Zoo/Lion-1", "f" * 40)
    assert exact is not None
    assert loose is not None
    assert (exact.name, loose.name) == ("pinned", "loose")
    (tmp_path / "loose.yaml").unlink()
    assert cards.find("Zoo/Lion-1", "f" * 40) is None
    assert cards.find("Zoo/Lion-1") == exact
    assert cards.find("Zoo/Lion-2") is None


def test_search_looks_for_every_word(tmp_path: Path) -> None:
    """Every word must be in what the card says of the model and its species, in any case."""
    written(tmp_path)
    written(tmp_path, name="other-lion")
    cards = Cards([tmp_path])
    assert [card.name for card in cards.search("panthera LEO other")] == ["other-lion"]
    assert [card.name for card in cards.search("zoo/")] == ["lion-1", "other-lion"]
    assert [card.name for card in cards.search("whiskers")] == ["lion-1", "other-lion"]
    assert cards.search("stripes") == []


def test_one_faulty_card_hides_no_other(tmp_path: Path) -> None:
    """A search leaves a faulty card out, and what is wrong with it can be asked for."""
    written(tmp_path)
    written(tmp_path, without("title"), name="broken")
    cards = Cards([tmp_path])
    assert [card.name for card in cards.search("")] == ["lion-1"]
    assert [str(fault).rpartition(": ")[0] for fault in cards.faults()] == [
        f"the model card {tmp_path / 'broken.yaml'} cannot be used: title"
    ]


def test_a_written_card_is_the_same_card(tmp_path: Path) -> None:
    """A card that is written says the same when it is read, and is plain YAML."""
    card = read_card(written(tmp_path, LION.replace("Lion model", "'Löwe: no'")))
    file = write_card(card, tmp_path / "new" / "models")
    assert file == tmp_path / "new" / "models" / "lion-1.yaml"
    assert read_card(file) == card
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["title"] == "Löwe: no"


def test_a_card_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """Where the folder cannot be made, the message names the file and what to do."""
    card = read_card(written(tmp_path))
    with pytest.raises(CardProblem, match=r"lion-1\.yaml cannot be written: .*FIELDMARK_HOME"):
        write_card(card, tmp_path / "lion-1.yaml" / "models")


def test_every_shipped_card_can_be_read() -> None:
    """No shipped card is faulty, and each is named as its file is."""
    cards = Cards([shipped_cards()])
    assert cards.faults() == ()
    assert tuple(card.name for card in cards.search("")) == cards.names()


AT_AN_ADDRESS = "url: https://zoo.example/files/lion.ckpt\nfile: lion.ckpt\n"


def test_a_card_may_name_an_address(tmp_path: Path) -> None:
    """A file that no hub has is pinned by its digest alone; the text names the address."""
    text = without("repo", "revision", "file") + AT_AN_ADDRESS
    card = read_card(written(tmp_path, text))
    assert (card.place, card.pinned) == ("https://zoo.example/files/lion.ckpt", True)
    assert str(card.reference()) == f"https://zoo.example/files/lion.ckpt#sha256={DIGEST}"
    assert Cards([tmp_path]).of_content(DIGEST) == card
    assert Cards([tmp_path]).find("Zoo/Lion-1") is None
    loose = without("repo", "revision", "file", "sha256") + AT_AN_ADDRESS + f"md5: {'a' * 32}\n"
    card = read_card(written(tmp_path / "loose", loose))
    assert not card.pinned
    with pytest.raises(CardProblem, match=r"to download them: fieldmark models pull lion-1$"):
        card.reference()
    assert Cards([tmp_path / "loose"]).of_content(DIGEST) is None
    assert Cards([tmp_path / "loose"]).of_content(DIGEST, "a" * 32) == card


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LION + "url: https://zoo.example/model.safetensors\n", "url: must say where the weights"),
        (without("repo"), "url: must say where the weights are, unless repo does: one of both"),
        (without("repo", "file") + AT_AN_ADDRESS, "revision: must not be there"),
        (
            without("repo", "revision") + AT_AN_ADDRESS.partition("file:")[0],
            "file: must be the last part of url, 'lion.ckpt'",
        ),
        (
            without("repo", "revision", "file") + AT_AN_ADDRESS.replace("https", "http"),
            "url: must be the address of a file, as in https",
        ),
        (LION + "md5: abc\n", "md5: must be 32 digits"),
    ],
)
def test_a_card_names_one_place_only(tmp_path: Path, text: str, words: str) -> None:
    """A repository or an address, and what belongs to it."""
    with pytest.raises(CardProblem, match=words):
        read_card(written(tmp_path, text))


def test_a_card_is_an_embedders_or_a_detectors(tmp_path: Path) -> None:
    """A detector's makes no vectors; a card that names neither, or both, is refused."""
    boxes = without("embedder", "dimensions") + "detector: yolox\noptions: {size: 640}\n"
    card = read_card(written(tmp_path, boxes))
    assert (card.component, card.dimensions, card.options) == ("yolox", None, {"size": 640})
    for text in (without("embedder"), LION + "detector: yolox\n"):
        with pytest.raises(CardProblem, match="detector: must name what runs the weights, unless"):
            read_card(written(tmp_path / "other", text, f"lion-{len(text)}"))
