"""Nothing in a pack is believed: whatever is wrong with it, nothing of it is written."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from fieldmark_registry.install import Installed, install
from fieldmark_registry.licences import Policy
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.weights import Shelf
from support.packs import (
    DIGEST,
    MEMBER,
    OTHERS,
    TENSORS,
    Packed,
    changed,
    lone_shelf,
    make_pack,
    nothing,
    rebuilt,
    swapped,
)
from support.shelves import WEIGHTS


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


EDITS: dict[str, tuple[Callable[[dict[str, bytes]], Any], str]] = {
    "changed weights": (
        lambda held: held.update({MEMBER: TENSORS[:-1] + b"\1"}),
        "is not the file that its manifest names",
    ),
    "changed size": (lambda held: held.update({MEMBER: TENSORS + b"\1"}), "bytes, not"),
    "weights mended in the manifest": (
        swapped(MEMBER, OTHERS),
        "is not the file that its references name",
    ),
    "missing member": (lambda held: held.pop(MEMBER), "its members are not those"),
    "member too many": (lambda held: held.update({"cards/x.yaml": b""}), "its members are not"),
    "no manifest": (lambda held: held.pop("manifest.json"), "it is no pack of fieldmark"),
    "manifest is no JSON": (lambda held: held.update({"manifest.json": b"{"}), "be understood"),
    "manifest is a list": (lambda held: held.update({"manifest.json": b"[]"}), "be understood"),
    "path that leaves": (swapped("cards/../../x.yaml", b"a: 1"), "not a name that a pack has"),
    "full path": (swapped("/etc/cron.d/x.yaml", b"a: 1"), "not a name that a pack has"),
    "path of Windows": (swapped("cards/..\\x.yaml", b"a: 1"), "not a name that a pack has"),
    "drive": (swapped("cards/C:x.yaml", b"a: 1"), "not a name that a pack has"),
    "hidden": (swapped("profiles/.x.yaml", b"a: 1"), "not a name that a pack has"),
    "other folder": (swapped("plugins/x.yaml", b"a: 1"), "not a name that a pack has"),
    "program beside weights": (
        swapped(f"weights/{DIGEST}/net.py", b"x"),
        "neither weights nor what belongs",
    ),
    "pickle beside weights": (swapped(f"weights/{DIGEST}/x.pt", b"x"), "neither weights"),
    "origin beside weights": (swapped(f"weights/{DIGEST}/origin.json", b"{}"), "not a name"),
    "second weights": (
        swapped(f"weights/{DIGEST}/two.safetensors", TENSORS),
        "not those that it describes",
    ),
    "config of nothing": (swapped(f"weights/{'0' * 64}/config.json", b"{}"), "to no weights"),
    "program as profile": (swapped("profiles/x.py", b"x"), "is not a YAML file"),
    "profile that is none": (swapped("profiles/okapi.yaml", b"[1]"), "not a species profile"),
    "profile that runs": (
        swapped("profiles/okapi.yaml", b"!!python/object/apply:os.system [ls]"),
        "not a species profile",
    ),
    "card that is none": (swapped("cards/net-1.yaml", b"a: 1"), "its card 'net-1' is faulty"),
}


@pytest.mark.parametrize("name", EDITS)
def test_hostile_pack(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    tmp_path: Path, name: str,
) -> None:  # fmt: skip
    """Whatever is wrong with one member, nothing of the pack is written."""
    edit, words = EDITS[name]
    file = rebuilt(packed[0], tmp_path / "bad.zip", edit)
    with pytest.raises(WeightsProblem, match=words) as caught:
        add(file)
    assert "nothing was written" in str(caught.value)
    assert nothing(shelf, tmp_path)


def test_weights_that_are_no_safetensors(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A pickle under the name and the digest of weights is refused."""
    content = b"\x80\x04" + bytes(99)
    digest = hashlib.sha256(content).hexdigest()

    def edit(held: dict[str, bytes]) -> None:
        text = held["manifest.json"].decode().replace(DIGEST, digest)
        plain = json.loads(text)
        for each in plain["members"]:
            if each["name"].endswith(f"{digest}/{WEIGHTS}"):
                each.update(size=len(content), sha256=digest)
        for each in plain["weights"]:
            each["card"] = None
        for name in [name for name in held if DIGEST in name]:
            held[name.replace(DIGEST, digest)] = held.pop(name)
        held[f"weights/{digest}/{WEIGHTS}"] = content
        held["manifest.json"] = json.dumps(plain).encode()

    with pytest.raises(WeightsProblem, match="is not a safetensors file"):
        add(rebuilt(packed[0], tmp_path / "bad.zip", edit))
    assert nothing(shelf, tmp_path)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda plain: plain.update(format=2), "made by a newer fieldmark .format 2.*pip install"),
        (lambda plain: plain.update(format="1"), "cannot be understood"),
        (lambda plain: plain.update(more=1), "cannot be understood"),
        (lambda plain: plain["members"][0].update(sha256="x"), "cannot be understood"),
        (lambda plain: plain["members"].append(plain["members"][0]), "its members are not those"),
        (lambda plain: plain["weights"].append(plain["weights"][0]), "not those that it describes"),
        (lambda plain: plain["weights"].pop(), "not those that it describes"),
        (lambda plain: plain["weights"][0].update(member="cards/net-1.yaml"), "not those that it"),
        (lambda plain: plain["weights"][0].update(references=["net-1"]), "references name"),
        (lambda plain: plain["weights"][0].update(card="other"), "names other weights"),
    ],
)
def test_manifest_that_lies(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    tmp_path: Path, edit: Callable[[dict[str, Any]], None], words: str,
) -> None:  # fmt: skip
    """A manifest that does not describe the members, or is of another format, is refused."""
    with pytest.raises(WeightsProblem, match=words):
        add(changed(packed[0], tmp_path / "bad.zip", edit))
    assert nothing(shelf, tmp_path)


def zip_of(out: Path, *members: tuple[ZipInfo, bytes]) -> Path:
    """Write a zip of members that packs do not have, beside an empty manifest."""
    with ZipFile(out, "w") as archive:
        names = [info.filename for info, _ in members]
        told = [
            {"name": name, "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
            for name, (_, text) in zip(names, members, strict=True)
        ]
        plain = {"format": 1, "weights": [], "members": told}
        archive.writestr("manifest.json", json.dumps(plain))
        for info, text in members:
            archive.writestr(info, text)
    return out


def info(name: str, mode: int = 0o100644, kind: int = 0) -> ZipInfo:
    """Return how a zip describes a member."""
    described = ZipInfo(name)
    described.external_attr, described.compress_type = mode << 16, kind
    return described


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        (info("profiles/x.yaml", 0o120777), b"/etc/passwd", "is a link, a folder or locked"),
        (info("profiles/"), b"", "is a link, a folder or locked"),
        (info("profiles/x.yaml", kind=ZIP_BZIP2), b"a: 1", "compressed in a way"),
        (info("profiles/x.yaml", kind=ZIP_DEFLATED), b"a" * 9_000_000, "would grow to 9000000"),
        (info("profiles/x.yaml"), b"a" * 20_000_001, "too large for a text"),
    ],
)
def test_members_that_are_no_plain_files(
    shelf: Shelf, add: Callable[..., Installed], tmp_path: Path,
    member: ZipInfo, content: bytes, words: str,
) -> None:  # fmt: skip
    """Links, folders, rare compression and what grows without end are refused."""
    with pytest.raises(WeightsProblem, match=words):
        add(zip_of(tmp_path / "bad.zip", (member, content)))
    assert nothing(shelf, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["profiles/x.yaml", "profiles/X.yaml"])
def test_two_members_of_one_name(
    shelf: Shelf, add: Callable[..., Installed], tmp_path: Path, second: str
) -> None:
    """Of two members with one name nobody knows which is meant, also where case does not count."""
    twice = [(info("profiles/x.yaml"), b"a: 1"), (info(second), b"a: 2")]
    with pytest.raises(WeightsProblem, match="two of its members have one name"):
        add(zip_of(tmp_path / "bad.zip", *twice))


@pytest.mark.parametrize("part", [0, 0.001, 0.5, 0.999])
def test_truncated_pack(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    tmp_path: Path, part: float,
) -> None:  # fmt: skip
    """A pack whose copy was interrupted is told as such."""
    content = packed[0].read_bytes()
    file = tmp_path / "bad.zip"
    file.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(WeightsProblem, match="not a whole zip file; nothing was written; copy it"):
        add(file)
    assert nothing(shelf, tmp_path)


@pytest.mark.parametrize("at", [0.05, 0.3, 0.6, 0.9])
def test_flipped_bit(
    shelf: Shelf, add: Callable[..., Installed], packed: Packed,
    tmp_path: Path, at: float,
) -> None:  # fmt: skip
    """A single wrong bit, as of a bad stick, is noticed before anything is written."""
    content = bytearray(packed[0].read_bytes())
    content[int(len(content) * at)] ^= 1
    file = tmp_path / "bad.zip"
    file.write_bytes(content)
    with pytest.raises(WeightsProblem):
        add(file)
    assert nothing(shelf, tmp_path)


def test_locked_pack(
    shelf: Shelf,
    add: Callable[..., Installed],
    packed: Packed,
    tmp_path: Path,
) -> None:
    """A member with a password is refused; the bit that says so lies 8 bytes into its entry."""
    content = bytearray(packed[0].read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    file = tmp_path / "bad.zip"
    file.write_bytes(content)
    with pytest.raises(WeightsProblem, match="is a link, a folder or locked"):
        add(file)
    assert nothing(shelf, tmp_path)
