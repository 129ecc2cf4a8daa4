"""Weights at an address of the web: shown, pulled, pinned and refused like those of the hub."""

import hashlib
import os
from pathlib import Path

import pytest

from fieldmark_registry.cards import Cards, write_card
from support.users import User

CONTENT = os.urandom(200_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MIT, AGPL = "mdv6-mit-yolov9-c", "mdv5a"


@pytest.fixture
def moved(user: User) -> User:
    """Give the user the cards of two MegaDetectors, whose files lie on this computer."""
    for name in (MIT, AGPL):
        card = Cards.standard().get(name)
        user.hub.publish(f"web/{name}", {card.file: CONTENT})
        url = f"{user.hub.endpoint}/web/{name}/resolve/main/{card.file}"
        changes = {"url": url, "md5": hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}
        write_card(card.model_copy(update=changes), user.home / "models")
    user.hub.requests.clear()
    return user


def test_everything_is_shown_before_the_download(moved: User) -> None:
    """Address, licence, what it is not for, and the size; without a person nothing comes."""
    done = moved.types("models", "pull", MIT)
    assert done.returncode == 2
    assert (
        f"{MIT}: {moved.hub.endpoint}/web/{MIT}/resolve/main/MDV6-mit-yolov9-c.ckpt" in done.stdout
    )
    assert "licence: MIT: may be used, changed and shared" in done.stdout
    assert "not for: Saying which species it is" in done.stdout
    assert "to download: 200 kB in 1 file\n" in done.stdout
    assert "the card names no version yet; this one is kept" in done.stdout
    assert "opened as it is, by a process of its own" in done.stdout
    assert moved.hub.served("/web/") == 0


def test_what_is_pulled_is_here_for_good(moved: User) -> None:
    """After the pull it is listed, described and verified without a request."""
    listed = moved.types("models", "list").stdout
    line = next(line for line in listed.splitlines() if line.startswith(MIT))
    assert line.split()[1:3] == ["not", "pinned"]
    done = moved.types("models", "pull", "--yes", "-q", MIT)
    assert done.returncode == 0, done.stderr
    assert "verified: " in done.stdout
    moved.hub.requests.clear()
    listed = moved.types("models", "list").stdout
    line = next(line for line in listed.splitlines() if line.startswith(MIT))
    assert line.split()[1:] == ["here", "200", "kB", "MIT", "?"]
    shown = moved.types("models", "info", MIT).stdout
    assert f"#sha256={SHA256}" in shown
    assert "options: {version: MDV6-mit-yolov9-c}" in shown
    assert moved.types("models", "pin", MIT).stdout.endswith(f"#sha256={SHA256}\n")
    assert moved.types("models", "verify").stdout.count("ok  ") == 1
    assert "Nothing to delete" in moved.types("models", "gc").stdout
    assert moved.hub.requests == []


def test_the_policy_tells_mit_from_agpl(moved: User) -> None:
    """`permissive` fetches and runs the one and refuses the other, in both commands."""
    strict = ("--licence-policy", "permissive")
    assert moved.types("models", "pull", "--yes", "-q", *strict, MIT).returncode == 0
    refused = moved.types("models", "pull", "--yes", "-q", *strict, AGPL)
    assert refused.returncode == 2
    assert "mdv5a is refused by the licence policy 'permissive' (AGPL-3.0: " in refused.stderr
    assert moved.hub.asked(f"/web/{AGPL}/", "GET") == []
    assert moved.types("models", "pull", "--yes", "-q", AGPL).returncode == 0
    project = moved.project()
    used = moved.types("detect", "--project", project, "--weights", AGPL, *strict)
    assert used.returncode == 2
    assert "mdv5a is refused by the licence policy 'permissive' (AGPL-3.0: " in used.stderr


def test_detect_names_the_command_and_asks_nobody(moved: User) -> None:
    """What is not here stops a detection with what to type."""
    project = moved.project()
    done = moved.types("detect", "--project", project, "--weights", MIT)
    assert done.returncode == 2
    assert f"the weights {MIT} are not on this computer" in done.stderr
    assert f"(licence: MIT); to download them: fieldmark models pull {MIT}" in done.stderr
    assert moved.hub.requests == []


def test_a_file_from_elsewhere_is_known(moved: User) -> None:
    """`pin FILE` says whose file it is and on what terms, and the card is used from then on."""
    file = Path(moved.folder) / "brought.ckpt"
    file.write_bytes(CONTENT)
    (moved.home / "models" / f"{AGPL}.yaml").unlink()  # both have the same content here
    done = moved.types("models", "pin", file)
    assert done.stdout == f"weights: {file.as_uri()}#sha256={SHA256}\n"
    assert "licence: MIT: " in done.stderr
    assert f"It is the file of the model card {MIT}." in done.stderr
    assert f"Wrote {moved.home / 'models' / MIT}.yaml" in done.stderr
    assert "here already" in moved.types("models", "pull", MIT).stdout
    assert moved.hub.requests == []


def test_a_profile_names_a_detector_that_pull_and_gc_know(moved: User) -> None:
    """`--species` brings also what looks at photos, and gc keeps it."""
    pulled = moved.types("models", "pull", "--yes", "-q", MIT)
    assert pulled.returncode == 0, pulled.stderr
    reference = moved.types("models", "pin", MIT).stdout.removeprefix("weights: ").strip()
    (moved.home / "models" / f"{MIT}.yaml").unlink()
    project = moved.project()
    profile = project / "species" / "okapi.yaml"
    step = f'detect: {{use: megadetector, weights: "{reference}"}}\n'
    profile.write_text(profile.read_text(encoding="utf-8") + step, encoding="utf-8")
    done = moved.types("models", "pull", "--species", profile)
    assert done.returncode == 2
    assert "is a pickle" in done.stderr  # no card says any more who opens it
    assert "Nothing to delete" in moved.types("models", "gc", "-p", project).stdout
    assert "weights in the store" in moved.types("models", "gc").stdout
