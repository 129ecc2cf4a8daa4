"""A pack is installed whole or not at all, and works without a network."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from fieldmark_registry.cards import Cards, read_card
from fieldmark_registry.install import Installed, install, read_manifest
from fieldmark_registry.licences import Policy, licence_of
from fieldmark_registry.pack import pack
from fieldmark_registry.problems import LicenceProblem, WeightsProblem
from fieldmark_registry.references import FileReference
from fieldmark_registry.weights import Shelf
from support.packs import (
    DIGEST,
    OTHERS,
    SECOND,
    TENSORS,
    Packed,
    changed,
    lone_shelf,
    make_pack,
    nothing,
    rebuilt,
)
from support.shelves import WEIGHTS, card_in


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """Return an honest pack."""
    return make_pack(tmp_path_factory.mktemp("packed"))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a computer without a network that has nothing yet."""
    return lone_shelf(tmp_path)


@pytest.fixture
def add(shelf: Shelf, tmp_path: Path) -> Callable[..., Installed]:
    """Return how a pack is installed on that computer."""

    def installed(file: Path, policy: Policy = "any", **more: Any) -> Installed:
        return install(shelf, file, tmp_path / "species", policy, **more)

    return installed


def test_installed_weights_are_used_without_a_network(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """After installing, card and reference lead to verified weights with all that lies beside."""
    file, references = packed
    done = add(file)
    assert sorted(done.weights) == sorted(references)
    assert (done.there, done.kept) == ((), ())
    models, species = shelf.home / "models", tmp_path / "species"
    assert done.written == (models / "net-1.yaml", species / "okapi.yaml")
    path = shelf.verified("net-1")
    assert path.read_bytes() == TENSORS
    assert path.with_name("config.json").read_bytes() == b'{"a": 1}'
    assert shelf.verified(references[1]).read_bytes() == OTHERS
    assert shelf.locate(references[1]).licence == licence_of("mit")
    assert shelf.locate("net-1").licence.kind == "non-commercial"
    assert (species / "okapi.yaml").read_text() == "name: okapi\n"
    assert shelf.store.left_over() == ()


def test_installing_again_changes_nothing(
    add: Callable[..., Installed], packed: Packed, tmp_path: Path
) -> None:
    """A second installation finds everything there and writes nothing."""
    file, references = packed
    add(file)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = add(file)
    assert (done.weights, done.written, done.kept) == ((), (), ())
    assert sorted(done.there) == sorted(references)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_installed_can_be_packed_again(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """What came from a pack makes the same pack."""
    file, (_, other) = packed
    add(file)
    again = tmp_path / "again.zip"
    pack(shelf, ["net-1", other], [tmp_path / "species" / "okapi.yaml"], again)
    assert again.read_bytes() == file.read_bytes()


def test_file_and_pickle_references(shelf: Shelf, tmp_path: Path) -> None:
    """Weights named by a path that only the other computer has are found by their digest."""
    safe = tmp_path / "net.safetensors"
    safe.write_bytes(TENSORS)
    (tmp_path / "two.safetensors").write_bytes(OTHERS)
    pickled = FileReference(tmp_path / "net.pth", "1" * 64)
    plain = FileReference(safe, DIGEST)
    origin = {"reference": str(pickled), "converted_from": pickled.sha256}
    shelf.store.put(tmp_path / "two.safetensors", SECOND, origin)
    pack(shelf, [pickled, plain], [], tmp_path / "pack.zip")
    safe.unlink()
    other = Shelf(shelf.hub, tmp_path / "other", Cards(()))
    install(other, tmp_path / "pack.zip", tmp_path / "species")
    assert other.verified(plain).read_bytes() == TENSORS
    assert other.verified(pickled).read_bytes() == OTHERS


def test_policy_refuses_before_anything_is_written(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """One licence that is not allowed refuses the whole pack."""
    with pytest.raises(LicenceProblem, match=r"net-1 is refused .* --licence-policy any"):
        add(packed[0], "permissive")
    assert nothing(shelf, tmp_path)


def test_own_card_says_the_licence_too(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A pack cannot call free what a card on this computer calls otherwise."""
    shelf.cards.folders[1].mkdir()
    card_in(shelf.cards.folders[1], name="two", repo="org/two")
    free = changed(packed[0], tmp_path / "free.zip", lambda _: None, licence="MIT")
    with pytest.raises(LicenceProblem):
        add(free, "permissive")
    assert nothing(shelf, tmp_path)


def test_card_of_the_user_is_kept(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A card or profile of the same name and another content stays unless it may be replaced."""
    models, species = shelf.home / "models", tmp_path / "species"
    mine = card_in(models, title="Mine", revision="0" * 40, sha256="1" * 64)
    species.mkdir()
    (species / "okapi.yaml").write_text("name: mine\n")
    paths = (models / "net-1.yaml", species / "okapi.yaml")
    done = add(packed[0])
    assert (done.written, done.kept) == ((), paths)
    assert read_card(paths[0]) == mine
    assert paths[1].read_text() == "name: mine\n"
    done = add(packed[0], replace=True)
    assert (done.written, done.kept) == (paths, ())
    assert shelf.verified("net-1").read_bytes() == TENSORS
    assert paths[1].read_text() == "name: okapi\n"


@pytest.mark.parametrize(
    ("changes", "written", "kept"),
    [
        ({}, True, False),
        ({"revision": None, "sha256": DIGEST, "title": "Older"}, True, False),
        ({"revision": "0" * 40, "sha256": "1" * 64}, False, True),
        ({"repo": "other/net"}, False, True),
    ],
)
def test_shipped_card(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    changes: dict[str, Any], written: bool, kept: bool,
) -> None:  # fmt: skip
    """A shipped card without a pin gets that of the pack; one that names another file stays."""
    card_in(shelf.cards.folders[1], **changes)
    done = add(packed[0])
    path = shelf.home / "models" / "net-1.yaml"
    assert (path in done.written, path in done.kept) == (written, kept)
    assert path.exists() is written


def test_broken_card_of_the_user_is_kept(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed
) -> None:
    """A card that cannot be read may still be worth something to its owner."""
    path = shelf.home / "models" / "net-1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("title: half")
    assert add(packed[0]).kept == (path,)
    assert path.read_text() == "title: half"


def test_equal_shipped_card_is_enough(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed
) -> None:
    """A card that is shipped with the same content is not written a second time."""
    with ZipFile(packed[0]) as archive:
        content = archive.read("cards/net-1.yaml")
    shelf.cards.folders[1].mkdir()
    (shelf.cards.folders[1] / "net-1.yaml").write_bytes(content)
    done = add(packed[0])
    assert [path.name for path in done.written] == ["okapi.yaml"]
    assert shelf.verified("net-1").read_bytes() == TENSORS


def test_compressed_by_another_program(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A pack that was unpacked and zipped again is still a pack."""
    add(rebuilt(packed[0], tmp_path / "x.zip", lambda _: None, ZIP_DEFLATED))
    assert shelf.verified("net-1").read_bytes() == TENSORS


def test_disk_without_room(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A full disk is noticed before anything is written, with what is needed and what is left."""
    usage = SimpleNamespace(free=100_000)
    monkeypatch.setattr("fieldmark_registry.install.shutil.disk_usage", lambda _: usage)
    with pytest.raises(
        WeightsProblem, match=r"needs 1 MB and the disk .* has 0 MB left; make room"
    ):
        add(packed[0])
    assert nothing(shelf, tmp_path)


def test_folder_that_cannot_be_written(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed
) -> None:
    """Where the user's folder cannot be made, the message says what to do."""
    shelf.home.write_text("a file")
    with pytest.raises(WeightsProblem, match="name another folder with FIELDMARK_HOME"):
        add(packed[0])


def test_missing_pack(add: Callable[..., Installed], tmp_path: Path) -> None:
    """A pack that is not there is told by its name."""
    with pytest.raises(WeightsProblem, match=r"gone\.zip cannot be read or written: No such file"):
        add(tmp_path / "gone.zip")


def test_manifest_can_be_read_alone(packed: Packed) -> None:
    """What a pack holds, its sizes and licences can be shown before it is installed."""
    manifest = read_manifest(packed[0])
    assert sorted(each.licence for each in manifest.weights) == ["CC-BY-NC-4.0", "MIT"]
    assert [each.name for each in manifest.named("profiles")] == ["profiles/okapi.yaml"]


def test_progress_counts_bytes(add: Callable[..., Installed], packed: Packed) -> None:
    """Checking and installing tell how far they are, and end at the end."""
    told: list[tuple[int, int, str]] = []
    add(packed[0], progress=lambda *now: told.append(now))
    assert {what for _, _, what in told} == {
        "checking pack.zip",
        f"installing {WEIGHTS}",
        f"checking {WEIGHTS}",
    }
    last = {what: (done, total) for done, total, what in told}
    assert all(done == total > 0 for done, total in last.values())


KILLED = """
import os, sys
from pathlib import Path
from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.install import install
from fieldmark_registry.weights import Shelf

file, home, species, stop = *map(Path, sys.argv[1:4]), int(sys.argv[4])
seen = 0
def told(done, total, what):
    global seen
    seen += what.startswith("installing") or what == "checking model.safetensors"
    if seen == stop:
        os._exit(9)
install(Shelf(Hub(offline=True), home, Cards((home / "models",))), file, species, progress=told)
"""


@pytest.fixture(params=[1, 2, 3, 4])
def killed(
    request: pytest.FixtureRequest,
    shelf: Shelf,
    packed: Packed,
    tmp_path: Path,
) -> Shelf:
    """Return a computer on which installing was killed, at one of four moments."""
    places = (packed[0], shelf.home, tmp_path / "species")
    command = [sys.executable, "-c", KILLED, *map(str, places), str(request.param)]
    assert subprocess.run(command, check=False, env=dict(os.environ)).returncode == 9
    return shelf


def test_killed_in_the_middle(
    killed: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A kill leaves whole pieces only, and the same command adds the rest."""
    whole = {DIGEST: TENSORS, SECOND: OTHERS}
    for entry in killed.store.all():
        assert entry.path.read_bytes() == whole[entry.sha256]
    assert not (killed.home / "models").exists()
    assert killed.store.left_over()
    done = add(packed[0])
    assert sorted((*done.weights, *done.there)) == sorted(packed[1])
    assert killed.verified("net-1").read_bytes() == TENSORS
    assert (tmp_path / "species" / "okapi.yaml").is_file()
