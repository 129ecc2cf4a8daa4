"""The hub itself: what it says of what it has not, broken transfers, and publishing."""

import os
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import get_token

from fieldmark.api.selftest import Subject, embeddings
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import save
from fieldmark_registry.hub import Hub
from fieldmark_registry.weights import Shelf
from network.place import Place, cards
from support.hub import UPLOADS

pytestmark = pytest.mark.network

MISSING = "fieldmark-tests/no-such-repository"
REPO = "FIELDMARK_TEST_REPO"
SMALL = "mobilenetv3-small-100-lamb-in1k"


def sentence(place: Place, what: str) -> str:
    """Return the one line in which `models pin` refuses."""
    done = place.types("models", "pin", what)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_repository_that_is_missing_or_private(place: Place) -> None:
    """The hub does not tell the two apart, so one sentence names both."""
    said = sentence(place, MISSING)
    assert f"has no repository {MISSING}, or it is private and you may not see it" in said
    assert "hf auth login" in said


def test_a_commit_that_is_missing(place: Place) -> None:
    """The sentence says how to find the newest one."""
    repo = cards().get(SMALL).place
    said = sentence(place, f"{repo}@{'0' * 40}")
    assert f"{repo} has no version" in said
    assert f"fieldmark models pin {repo}" in said


def test_a_file_that_is_missing(place: Place) -> None:
    """The sentence names the weights that there are."""
    card = cards().get(SMALL)
    said = sentence(place, f"{card.place}@main/none.safetensors")
    assert "has no file 'none.safetensors'" in said
    assert card.file in said


def test_a_download_that_was_broken_off_continues(place: Place, tmp_path: Path) -> None:
    """What has come is not fetched again; the whole is what the hub announced. 10 MB."""
    card = cards().get(SMALL)
    repo = place.look(card.place, card.revision)
    hub = Hub(cache=tmp_path / "hub", token=False)

    def break_off(done: int, total: int, _what: str) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hub.fetch(card.place, repo.commit, card.file, break_off)
    seen: list[int] = []
    path = hub.fetch(
        card.place, repo.commit, card.file, lambda done, _total, _what: seen.append(done)
    )
    assert min(seen) > repo.file(card.file).size // 2
    assert path.stat().st_size == repo.file(card.file).size


@UPLOADS
def test_what_is_pushed_comes_back_the_same(place: Place, tmp_path: Path) -> None:
    """A private repository gets a network; pulled again, it passes the self-test it brought.

    Only with FIELDMARK_TEST_REPO=ORG/NAME, which gets one commit more, and a token that may write
    there.
    """
    repo, token = os.environ.get(REPO), get_token()
    if not repo or not token:
        pytest.skip(f"to publish for real, set {REPO}=ORG/NAME and HF_TOKEN")
    weights = trained(tmp_path / "run")
    pushed = place.types("models", "push", "--yes", "--licence", "MIT", weights.parent, repo)
    assert pushed.returncode == 0, pushed.stderr
    commit = pushed.stdout.partition(f"Published {repo} at ")[2].split()[0]
    pinned = place.types("models", "pin", f"{repo}@{commit}")
    reference = pinned.stdout.removeprefix("weights: ").strip()
    pulled = place.types("models", "pull", "--quiet", "--yes", reference)
    assert pulled.returncode == 0, pulled.stderr
    assert Hub(cache=place.folder / "hub").look(repo, commit).private
    tested = place.types("models", "test", reference)
    assert tested.stdout.startswith("ok  "), tested.stderr
    assert "the reference embeddings that were published with it" in tested.stdout
    there, back = (
        embeddings(Subject("timm", {}, path), device="cpu")
        for path in (weights, Shelf.standard().verified(reference))
    )
    np.testing.assert_array_equal(there, back)
    everything = "".join(each.stdout + each.stderr for each in (pushed, pinned, pulled, tested))
    assert token not in everything


def trained(folder: Path) -> Path:
    """Write a small network with the record that a training leaves."""
    record = {
        "component": "timm",
        "role": "embedder",
        "options": {},
        "preprocess": [],
        "species": ["Okapia johnstoni"],
        "sides": {"views": ["left"], "opposite": "comparable"},
        "measured": {"new individuals top-1": 0.5},
    }
    shape = {"backbone": "mobilenetv3_small_050", "height": 32, "width": 48, "embedding_size": 16}
    folder.mkdir()
    return save(folder, EmbeddingNetwork(Network.model_validate(shape)), record)
