"""`fieldmark models push`, `pack` and `install`: what leaves a computer, and what comes by hand."""

import json
from pathlib import Path

import pytest

from fieldmark.learn.header import read_record
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import save
from support.hub import UPLOADS, LocalHub
from support.users import Shared, User, live_as

RECORD = {
    "format": 1,
    "component": "timm",
    "role": "embedder",
    "options": {},
    "preprocess": [{"use": "crop", "options": {}, "weights": None}],
    "profile": "okapi",
    "species": ["okapi"],
    "sides": {"views": ["left", "right"], "opposite": "incomparable", "soft_weight": 0.5},
    "photos": 40,
    "individuals": 10,
    "settings": {"network": {"channels": 3}, "epochs": 2},
    "data": [{"name": "ituri", "photos": 40, "sha256": "0" * 64}],
    "licences": ["CC0"],
    "measured": {"new individuals top-1": 0.4, "new individuals queries": 12},
}


@pytest.fixture
def trained(user: User) -> Path:
    """Return the folder of a training, with what must stay at home in it."""
    folder = user.folder / "training"
    folder.mkdir()
    shape = Network(backbone="mobilenetv3_small_050", height=64, width=64, embedding_size=16)
    save(folder, EmbeddingNetwork(shape), RECORD)
    (folder / "split.csv").write_text("photo,individual\nIMG_1.jpg,a1\n", encoding="utf-8")
    (folder / "report.html").write_text("<p>photos</p>", encoding="utf-8")
    return folder


def test_a_dry_run_shows_everything_and_sends_nothing(user: User, trained: Path) -> None:
    """The files, the card and what stays at home are shown; the hub hears nothing."""
    push = ("models", "push", trained, "zoo/okapi", "--licence", "Apache-2.0", "--dry-run")
    done = user.types(*push)
    assert done.returncode == 0, done.stderr
    for name in ("model.safetensors", "config.json", "README.md", "self_test.json"):
        assert f"  {name}\n" in done.stdout
    assert "pipeline_tag: image-feature-extraction" in done.stdout
    assert "not sent  split.csv" in done.stderr
    assert "not sent  report.html" in done.stderr
    assert "cannot be found by a program" in done.stdout
    assert user.hub.requests == []


@UPLOADS
def test_what_was_pushed_gives_the_same_vectors_where_it_is_pulled(
    user: User, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published here, pinned and pulled by somebody else: the self-test agrees."""
    writer = {**user.environment, "HF_TOKEN": LocalHub.token}
    live_as(User(user.hub, user.folder, writer), monkeypatch)
    done = user.types(
        "models", "push", trained, "zoo/okapi", "--licence", "MIT", "--public", "--yes", "-q"
    )
    assert done.returncode == 0, done.stderr
    commit = done.stdout.split(" at ")[1].split()[0]
    other = User(user.hub, user.folder, user.hub.environment(tmp_path / "other"))
    live_as(other, monkeypatch)
    pinned = other.types("models", "pin", f"zoo/okapi@{commit}")
    reference = pinned.stdout.removeprefix("weights: ").strip()
    assert other.types("models", "pull", "--yes", "-q", reference).returncode == 0
    tested = other.types("models", "test", reference)
    assert tested.returncode == 0, tested.stderr
    assert tested.stdout.startswith("ok  ")
    assert "published with it" in tested.stdout
    info = other.types("models", "info", reference)
    assert "licence: MIT" in info.stdout


def test_nothing_with_a_path_of_this_computer_is_sent(user: User, trained: Path) -> None:
    """A recipe that names a folder of somebody's is refused, and the finding is told."""
    evil = {"note": "see /home/ranger/photos/IMG_1.jpg", "latitude": -1.234567}
    (trained / "eval.json").write_text(json.dumps(evil), encoding="utf-8")
    done = user.types("models", "push", trained, "zoo/okapi", "--licence", "MIT", "--yes", "-q")
    assert done.returncode == 2
    assert "eval.json" in done.stderr
    assert user.hub.requests == []


def test_what_came_from_weights_without_a_licence_stays_here(user: User, trained: Path) -> None:
    """Fine-tuned weights remember what they began with; without permission they are not sent."""
    base = {"name": "miewid-msv3", "reference": "hf://c/miewid-msv3@0/x", "licence": "none stated"}
    shape = Network(backbone="mobilenetv3_small_050", height=64, width=64, embedding_size=16)
    save(trained, EmbeddingNetwork(shape), {**RECORD, "base": base})
    push = ("models", "push", trained, "zoo/okapi", "--licence", "MIT", "--dry-run")
    refused = user.types(*push)
    assert refused.returncode == 2
    assert "permission" in refused.stderr
    allowed = user.types(*push, "--permission", "the owners, by letter of 2026-11-02")
    assert allowed.returncode == 0, allowed.stderr
    assert "by letter of 2026-11-02" in allowed.stdout


def test_a_backbone_without_a_stated_licence_counts_as_one(user: User, trained: Path) -> None:
    """Weights that a training began with have a licence, too; who publishes says which."""
    shape = Network(backbone="mobilenetv3_small_050", height=64, width=64, embedding_size=16)
    settings = {**RECORD["settings"], "backbone_weights": "timm"}  # type: ignore[dict-item]
    save(trained, EmbeddingNetwork(shape), {**RECORD, "settings": settings})
    push = ("models", "push", trained, "zoo/okapi", "--licence", "MIT", "--dry-run")
    assert user.types(*push).returncode == 2
    assert user.types(*push, "--base-licence", "Apache-2.0").returncode == 0


def test_a_pack_works_where_there_is_no_network(
    user: User, shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packed here, installed there: profile, weights and licence are there without any hub."""
    project = user.project(shared.step)
    profile = project / "species" / "okapi.yaml"
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    packed = user.types("models", "pack", "-q", "stick.zip", "--species", profile)
    assert packed.returncode == 0, packed.stderr
    other = User(user.hub, user.folder, user.hub.environment(tmp_path / "other"))
    live_as(other, monkeypatch)
    user.hub.stop()
    refused = other.types("models", "install", "-q", "stick.zip", "--licence-policy", "permissive")
    assert refused.returncode == 2
    assert not other.home.exists()
    installed = other.types("models", "install", "-q", "stick.zip")
    assert installed.returncode == 0, installed.stderr
    assert f"installed: {shared.reference}" in installed.stdout
    assert (other.home / "species" / "okapi.yaml").is_file()
    done = other.types("identify", "-q", "--project", project, "--pipeline", "deep")
    assert done.returncode == 0, done.stderr
    assert "CC-BY-NC-4.0" in done.stdout
    again = other.types("models", "install", "-q", "stick.zip")
    assert f"here already: {shared.reference}" in again.stdout


def test_what_is_not_here_cannot_be_packed(user: User, shared: Shared) -> None:
    """The sentence says what to pull first."""
    done = user.types("models", "pack", "-q", "stick.zip", shared.reference)
    assert done.returncode == 2
    assert "fieldmark models pull" in done.stderr
    assert not (user.folder / "stick.zip").exists()


def test_the_record_stays_readable(trained: Path) -> None:
    """What these tests publish is what a training writes."""
    assert read_record(trained / "model.safetensors")["component"] == "timm"
