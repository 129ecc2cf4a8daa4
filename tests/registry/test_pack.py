"""A pack holds everything that another computer needs, and is the same file each time."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
from safetensors.numpy import save

from fieldmark_registry.pack import FORMAT, Manifest, pack
from fieldmark_registry.problems import CardProblem, ReferenceProblem, WeightsProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import FileReference, HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import WEIGHTS, card_in, shelf_of

TENSORS = save({"head.weight": np.arange(30_000, dtype=np.float32)})
DIGEST = hashlib.sha256(TENSORS).hexdigest()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Return the weights of a computer that has pulled one model."""
    with LocalHub(tmp_path / "site") as site:
        commit = site.publish("org/net", {WEIGHTS: TENSORS, "config.json": b"{}"}, licence="mit")
        shelf = shelf_of(site, tmp_path)
        card_in(shelf.home / "models", revision=commit, sha256=DIGEST, licence="MIT")
        pull(shelf, plan(shelf, "net-1"))
        yield shelf


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Return a species profile of the user's."""
    path = tmp_path / "species" / "okapi.yaml"
    path.parent.mkdir()
    path.write_text("name: okapi\n")
    return path


def members(file: Path) -> dict[str, bytes]:
    """Return the content of every member of a zip."""
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_pack_holds_everything(shelf: Shelf, profile: Path, tmp_path: Path) -> None:
    """Weights, what lies beside them, card and profile go in, each with its digest."""
    out = tmp_path / "sticks" / "pack.zip"
    manifest = pack(shelf, ["net-1"], [profile], out)
    held = members(out)
    assert list(held) == [
        "manifest.json",
        "cards/net-1.yaml",
        "profiles/okapi.yaml",
        f"weights/{DIGEST}/README.md",
        f"weights/{DIGEST}/config.json",
        f"weights/{DIGEST}/{WEIGHTS}",
    ]
    assert held[f"weights/{DIGEST}/{WEIGHTS}"] == TENSORS
    told = json.loads(held.pop("manifest.json"))
    assert Manifest.model_validate(told) == manifest
    assert told["format"] == FORMAT == 1
    assert {each["name"]: (each["size"], each["sha256"]) for each in told["members"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in held.items()
    }
    (weights,) = manifest.weights
    assert (weights.card, weights.licence) == ("net-1", "MIT")
    assert weights.references == (str(shelf.exact("net-1")),)
    assert weights.origin == {"reference": str(shelf.exact("net-1"))}


def test_pack_is_the_same_file_each_time(shelf: Shelf, profile: Path, tmp_path: Path) -> None:
    """The same content makes the same bytes, whenever and in whichever order it is packed."""
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    reference = str(shelf.exact("net-1"))
    pack(shelf, ["net-1"], [profile], one)
    os.utime(profile, (1, 1))
    pack(shelf, [reference, "net-1"], [profile], two)
    assert one.read_bytes() == two.read_bytes()


def test_members_are_plain(shelf: Shelf, tmp_path: Path) -> None:
    """Nothing is compressed, dated or more than an ordinary file."""
    out = tmp_path / "pack.zip"
    pack(shelf, ["net-1"], [], out)
    with ZipFile(out) as archive:
        for info in archive.infolist():
            assert info.compress_type == ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert stat.S_ISREG(info.external_attr >> 16)
        assert archive.testzip() is None


def test_progress_counts_bytes(shelf: Shelf, tmp_path: Path) -> None:
    """Progress begins at nothing and ends at the size of everything."""
    told: list[tuple[int, int, str]] = []
    manifest = pack(shelf, ["net-1"], [], tmp_path / "p.zip", lambda *now: told.append(now))
    packing = [(done, total) for done, total, what in told if what == "packing p.zip"]
    assert packing[0] == (0, manifest.size)
    assert packing[-1] == (manifest.size, manifest.size)
    assert packing == sorted(packing)


def test_weights_that_are_not_here(shelf: Shelf, tmp_path: Path) -> None:
    """What was never pulled is refused with the command that pulls it; no file appears."""
    absent = str(HubReference("org/net", "0" * 40, WEIGHTS, "1" * 64))
    with pytest.raises(WeightsProblem, match="fieldmark models pull 'hf://org/net@0"):
        pack(shelf, ["net-1", absent], [], tmp_path / "pack.zip")
    with pytest.raises(ReferenceProblem):
        pack(shelf, ["nothing"], [], tmp_path / "pack.zip")
    card_in(shelf.home / "models", name="net-2")
    with pytest.raises(CardProblem, match="fieldmark models pin net-2"):
        pack(shelf, ["net-2"], [], tmp_path / "pack.zip")
    assert list(tmp_path.glob("*pack.zip*")) == []


def test_damaged_weights(shelf: Shelf, tmp_path: Path) -> None:
    """Weights that changed since they were pulled are refused."""
    path = shelf.verified("net-1").resolve()
    path.write_bytes(TENSORS[:-1] + b"\1")
    with pytest.raises(WeightsProblem, match="is not the file that was named"):
        pack(shelf, ["net-1"], [], tmp_path / "pack.zip")


def test_converted_pickle(shelf: Shelf, tmp_path: Path) -> None:
    """A pickle goes as the safetensors that it was converted to, with where it came from."""
    raw = tmp_path / "net.pth"
    raw.write_bytes(b"a pickle")
    pickled = hashlib.sha256(b"a pickle").hexdigest()
    safe = tmp_path / WEIGHTS
    safe.write_bytes(TENSORS)
    reference = FileReference(raw, pickled)
    with pytest.raises(WeightsProblem, match="pull --convert"):
        pack(shelf, [reference], [], tmp_path / "pack.zip")
    shelf.store.put(safe, DIGEST, {"reference": str(reference), "converted_from": pickled})
    (weights,) = pack(shelf, [reference], [], tmp_path / "pack.zip").weights
    assert weights.member == f"weights/{DIGEST}/{WEIGHTS}"
    assert weights.origin == {"reference": str(reference), "converted_from": pickled}
    assert members(tmp_path / "pack.zip")[weights.member] == TENSORS


def test_file_that_is_no_safetensors(shelf: Shelf, tmp_path: Path) -> None:
    """Weights in another format are refused."""
    path = tmp_path / "net.h5"
    path.write_bytes(b"x")
    reference = FileReference(path, hashlib.sha256(b"x").hexdigest())
    with pytest.raises(WeightsProblem, match=r"net\.h5 is not a safetensors file"):
        pack(shelf, [reference], [], tmp_path / "pack.zip")


def test_weights_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    """The README of the repository goes along, because it states the licence."""
    with LocalHub(tmp_path / "site") as site:
        commit = site.publish("org/net", {f"parts/{WEIGHTS}": TENSORS}, licence="cc-by-nc-4.0")
        shelf = shelf_of(site, tmp_path)
        reference = HubReference("org/net", commit, f"parts/{WEIGHTS}", DIGEST)
        pull(shelf, plan(shelf, reference))
        (weights,) = pack(shelf, [reference], [], tmp_path / "pack.zip").weights
    assert weights.licence == "CC-BY-NC-4.0"
    assert b"cc-by-nc-4.0" in members(tmp_path / "pack.zip")[f"weights/{DIGEST}/README.md"]


def test_profiles_that_cannot_be_packed(shelf: Shelf, profile: Path, tmp_path: Path) -> None:
    """A profile is one YAML file, and no two have one name."""
    with pytest.raises(WeightsProblem, match=r"gone\.yaml is not a species profile"):
        pack(shelf, [], [tmp_path / "gone.yaml"], tmp_path / "pack.zip")
    other = tmp_path / "okapi.yaml"
    other.write_text("name: okapi\n")
    with pytest.raises(WeightsProblem, match="have one name; give only one"):
        pack(shelf, [], [profile, other], tmp_path / "pack.zip")


def test_pack_that_cannot_be_written(shelf: Shelf, tmp_path: Path) -> None:
    """Where nothing can be written, the message says so."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(WeightsProblem, match=r"cannot be read or written: .*name another file"):
        pack(shelf, ["net-1"], [], tmp_path / "file" / "pack.zip")


def test_file_that_changes_meanwhile(shelf: Shelf, profile: Path, tmp_path: Path) -> None:
    """A file that is another when its turn comes makes no pack."""

    def edit(*_: object) -> None:
        profile.write_text("name: other\n")

    with pytest.raises(WeightsProblem, match=r"okapi\.yaml changed while it was packed"):
        pack(shelf, [], [profile], tmp_path / "pack.zip", edit)
    assert list(tmp_path.glob("*pack.zip*")) == []
