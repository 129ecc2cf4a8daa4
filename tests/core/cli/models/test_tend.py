"""`fieldmark models list, search, info, verify, gc, test`: what there is, and that it is whole."""

import os
from pathlib import Path

from support.models import tiny_timm
from support.users import Shared, User


def test_the_list_says_what_is_here(user: User) -> None:
    """Every card with its licence and state; nothing is asked of the hub."""
    done = user.types("models", "list")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("miewid-msv3"))
    assert "not here" in line
    assert "none stated" in line
    assert user.hub.requests == []


def test_a_search_finds_species_and_words(user: User) -> None:
    """Cards are searched here; the hub only when asked, and then its licences are shown."""
    found = user.types("models", "search", "tigris").stdout
    assert "megadescriptor-b-224" in found
    assert "resnet50" not in found
    assert "No model card mentions 'unicorn'" in user.types("models", "search", "unicorn").stdout
    assert user.hub.requests == []
    user.hub.publish("zoo/unicorn-reid", {"model.safetensors": b""}, licence="mit")
    asked = user.types("models", "search", "unicorn", "--hub").stdout
    assert "zoo/unicorn-reid" in asked
    assert "licence: mit" in asked


def test_info_says_what_a_model_must_not_be_used_for(user: User) -> None:
    """The card, its sources, and how to get it."""
    done = user.types("models", "info", "miewid-msv3")
    assert "not for: " in done.stdout
    assert "here: no; type: fieldmark models pull miewid-msv3" in done.stdout
    wrong = user.types("models", "info", "miewid-msv4")
    assert wrong.returncode == 2
    assert "did you mean 'miewid-msv" in wrong.stderr


def test_verify_reads_the_file_again(user: User, shared: Shared) -> None:
    """A file that changed behind the back of the receipts is found, and stays where it is."""
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    good = user.types("models", "verify", shared.reference)
    assert good.returncode == 0, good.stderr
    path = Path(good.stdout.split()[-1]).resolve()
    kept = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    bad = user.types("models", "verify")
    assert bad.returncode == 2
    assert "nothing was deleted" in bad.stderr
    assert "fieldmark models pull --again" in bad.stderr
    assert path.read_bytes() == content
    again = user.types("models", "pull", "--again", "--yes", "-q", shared.reference)
    assert again.returncode == 0, again.stderr
    assert user.types("models", "verify", shared.reference).returncode == 0


def test_gc_keeps_what_a_profile_names(user: User, shared: Shared) -> None:
    """Only what fieldmark fetched and nothing names goes, and only when a person agrees."""
    project = user.project(shared.step)
    other = tiny_timm(user.folder / "other", seed=1)
    files = {path.name: path for path in other.parent.iterdir()}
    commit = user.hub.publish("zoo/other", files, licence="mit")
    pinned = user.types("models", "pin", f"zoo/other@{commit}").stdout
    unnamed = pinned.removeprefix("weights: ").strip()
    assert user.types("models", "pull", "--yes", "-q", unnamed, shared.reference).returncode == 0
    shown = user.types("models", "gc", "-p", project)
    assert "zoo/other" in shown.stdout
    assert "zoo/tiny" not in shown.stdout
    assert user.types("models", "verify", unnamed).returncode == 0
    assert user.types("models", "gc", "--yes", "-p", project).returncode == 0
    assert user.types("models", "verify", unnamed).returncode == 2
    assert user.types("models", "verify", shared.reference).returncode == 0
    assert "Nothing to delete" in user.types("models", "gc", "-p", project).stdout


def test_a_profile_that_cannot_be_read_stops_gc(user: User, shared: Shared) -> None:
    """It may name anything, so nothing is deleted."""
    project = user.project(shared.step)
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    (project / "species" / "broken.yaml").write_text("name: [", encoding="utf-8")
    done = user.types("models", "gc", "--yes", "-p", project)
    assert done.returncode == 2
    assert "nothing is deleted" in done.stderr
    assert user.types("models", "verify", shared.reference).returncode == 0


def test_a_model_without_references_is_compared_with_itself_later(
    user: User, shared: Shared
) -> None:
    """The first test keeps this computer's vectors, the second compares."""
    assert user.types("models", "pull", "--yes", "-q", shared.reference).returncode == 0
    first = user.types("models", "test", shared.reference)
    assert first.returncode == 0, first.stderr
    assert "no references were published; kept now in" in first.stdout
    second = user.types("models", "test", shared.reference)
    assert second.stdout.startswith("ok  ")
