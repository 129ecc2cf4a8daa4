"""What must not be published is found, and ordinary files are left in peace."""

import base64
import json
import pickle
import struct
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldmark_registry.privacy import NAMES, faults
from fieldmark_registry.traces import coordinates, full_paths

CONFIG = {"architecture": "resnet18", "pretrained_cfg": {"mean": [0.485, 0.456, 0.406]}}


@dataclass
class Upload:
    """Files that are about to be published."""

    files: dict[str, bytes | Path] = field(default_factory=dict)


def of(name: str, content: bytes | str | Path) -> list[str]:
    """Return the faults of one file."""
    return faults(Upload({name: content.encode() if isinstance(content, str) else content}))


def weights(metadata: dict[str, str] | None = None, tail: bytes = b"") -> bytes:
    """Return a safetensors file of one tensor of four numbers, and what follows it."""
    entry = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    header: dict[str, Any] = {"head.weight": entry}
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(16) + tail


def photo(kind: str) -> bytes:
    """Return a small photo in a format of Pillow."""
    file = BytesIO()
    Image.fromarray(np.arange(768, dtype=np.uint8).reshape(16, 16, 3)).save(file, kind)
    return file.getvalue()


def test_ordinary_files_have_no_fault() -> None:
    """The files of a training, as they should be, may be published."""
    files: dict[str, bytes | Path] = {
        "model.safetensors": weights({"fieldmark": json.dumps({"record": CONFIG}), "format": "pt"}),
        "config.json": json.dumps(CONFIG).encode(),
        "recipe.yaml": b"# The outlines of the spots\ntrain: {learning_rate: 0.001}\n",
        "README.md": b"# Tigers\n\nSee https://example.org/models/tigers and left/right.\n",
        "self_test.json": json.dumps({"vectors": [[0.1234567, -1.7654321]] * 9}).encode(),
        "LICENSE": b"MIT License\n",
    }
    assert faults(Upload(files)) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP", "JPEG2000"])
@pytest.mark.parametrize("name", ["LICENSE", "eval.json", "model.safetensors", "IMG_1.jpg"])
def test_photo_is_found_under_any_name(kind: str, name: str) -> None:
    """A photo is told by its content, whatever it is called."""
    found = of(name, photo(kind))
    words = "safetensors" if name.endswith(".safetensors") else "photo"
    assert any(words in fault for fault in found)
    assert all(fault.startswith(name) for fault in found)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(60), "HEIC"),
        (b"\0\0\0\x18ftypcrx " + bytes(60), "CR3"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(60), "raw format"),
        (b"IIU\0" + bytes(60), "raw format"),
        (b"FUJIFILMCCD-RAW " + bytes(60), "raw format"),
        (pickle.dumps({"lr": 0.1}), "pickle"),
        (pickle.dumps([1.0] * 99, protocol=4), "pickle"),
        (b"\x7fELF" + bytes(60), "program"),
        (b"MZ" + bytes(70), "program"),
        (b"#!/bin/sh\nrm -rf .\n", "program"),
        (pickle.dumps({"lr": 0.1}, protocol=0), "pickle"),
        (b"cos\nsystem\n(S'ls'\ntR.", "pickle"),
        (b"MIT License\xff", "not the text"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, words: str) -> None:
    """Camera files, pickles and programs are named for what they are."""
    (fault,) = of("LICENSE", content)
    assert words in fault


def test_archive_is_refused() -> None:
    """A zip could hold anything, so it is not looked into but refused; so is a torch file."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    assert "archive" in of("self_test.json", file.getvalue())[0]


@pytest.mark.parametrize("name", ["run.py", "last.pt", "split.csv", "a/model.safetensors"])
def test_only_known_names(name: str) -> None:
    """A file that is not on the list is refused for its name alone."""
    assert f"{name}: only {', '.join(NAMES)} are published; leave it out" in of(name, "x")


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="data:image/png;base64,AAAA">',
        base64.b64encode(photo("JPEG")).decode(),
        base64.b64encode(photo("PNG")).decode(),
        base64.b64encode(photo("WEBP")).decode(),
    ],
)
def test_picture_inside_text(picture: str) -> None:
    """A photo that is written as text is found in a text and in a value."""
    assert "photos are never published" in of("README.md", f"# Tigers\n\n{picture}\n")[0]
    (fault,) = of("eval.json", json.dumps({"rows": [{"note": picture}]}))
    assert fault.startswith("eval.json, rows.0.note: ")


def test_weights_hold_tensors_only() -> None:
    """Bytes behind the tensors of a safetensors file, or a broken one, are refused."""
    assert of("model.safetensors", weights()) == []
    assert "belong to no tensor" in of("model.safetensors", weights(tail=photo("PNG")))[0]
    assert "not a safetensors file" in of("model.safetensors", weights()[:20])[0]
    assert "not a safetensors file" in of("model.safetensors", b"")[0]
    assert "not a safetensors file" in of("model.safetensors", bytes([255]) * 64)[0]


def test_header_of_weights_is_read() -> None:
    """What the header of the weights says of paths and places is found, with its key."""
    record = {"record": {"settings": {"backbone_weights": "/home/jane/net.safetensors"}}}
    (fault,) = of("model.safetensors", weights({"fieldmark": json.dumps(record)}))
    assert fault == (
        "model.safetensors, header.fieldmark.record.settings.backbone_weights: tells a full path"
        " (/home/jane/net.safetensors); write the name of the file alone"
    )
    assert "tells a place" in of("model.safetensors", weights({"camera": "lat: 12.93"}))[0]


def test_link_that_leaves_the_folder(tmp_path: Path) -> None:
    """A link to elsewhere is refused unread; one inside the folder is followed."""
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "text").write_text("MIT")
    (folder / "LICENSE").symlink_to("text")
    (folder / "README.md").symlink_to(tmp_path / "secret")
    files = {"LICENSE": folder / "LICENSE", "README.md": folder / "README.md"}
    assert faults(Upload(dict(files))) == [
        "README.md: is a link that leaves the folder; put the file itself there"
    ]


def test_missing_file(tmp_path: Path) -> None:
    """A file that vanished is a fault, not an error."""
    assert "cannot be read" in of("LICENSE", tmp_path / "LICENSE")[0]


@pytest.mark.parametrize("text", ["{", "[1,]", "\x00", "{'a': 1}"])
def test_text_is_what_its_name_promises(text: str) -> None:
    """A JSON file that is none could be anything, so it is refused."""
    assert "not the text that its name promises" in of("eval.json", text)[0]


def test_file_too_large_for_text(tmp_path: Path) -> None:
    """A text that is too large to be looked through is not published."""
    file = tmp_path / "eval.json"
    with file.open("wb") as opened:
        opened.truncate(64_000_001)
    assert "too large for text" in of("eval.json", file)[0]


def test_numbers_in_base64() -> None:
    """Vectors written in base64 hold slashes, and are neither paths nor photos."""
    vector = base64.b64encode(np.linspace(-1, 1, 512, dtype=np.float32).tobytes()).decode()
    assert vector.count("/") > 9
    assert of("self_test.json", json.dumps({"vector": vector})) == []


@pytest.mark.parametrize("offsets", [None, [0], ["a", "b"], [4, 16], [0, 12]])
def test_tensors_that_do_not_fill_the_file(offsets: object) -> None:
    """A header whose tensors lie anywhere else than in the file is refused."""
    text = json.dumps({"head.weight": {"data_offsets": offsets}}).encode()
    content = struct.pack("<Q", len(text)) + text + bytes(16)
    assert "belong to no tensor" in of("model.safetensors", content)[0]


def test_list_that_holds_itself() -> None:
    """YAML that never ends is refused."""
    assert "not the text" in of("recipe.yaml", "a: &a [*a]")[0]


def test_comment_of_a_recipe_is_read() -> None:
    """A comment leaves with the file, so it is searched, and its line is told."""
    found = of("recipe.yaml", "name: x\ntrain: {}  # photos in /mnt/disk/photos\n")
    assert [fault.partition(":")[0] for fault in found] == ["recipe.yaml, line 2"]


def test_place_in_a_text_tells_its_line() -> None:
    """The line of a finding is counted from one."""
    assert of("README.md", "# T\n\nStation A: latitude 12.9716\n")[0].startswith(
        "README.md, line 3: tells a place (latitude 12.9716)"
    )


PATHS = [
    "/home/jane/photos", "/Users/jane", "/mnt/d", "/data/tigers/a.jpg", "/srv/x",
    "C:\\Users\\jane\\a.jpg", "d:/photos/a.jpg", "\\\\server\\share\\a.jpg", "~/photos", "~jane/x",
    "file:///home/jane/model.safetensors", "file://C:/x/y.safetensors", "$HOME/x",
    "%USERPROFILE%\\x", "/opt/é/ü", "/kaggle/input",
]  # fmt: skip
LEAD = ["", "see ", "path=", '"', "(", "in: ", "weights: ", "\t", "x, "]


@given(st.sampled_from(LEAD), st.sampled_from(PATHS), st.sampled_from(["", " and more", '"', ")"]))
def test_planted_path_is_found(lead: str, path: str, tail: str) -> None:
    """A full path of any system is found in the middle of a line and alone in a value."""
    assert full_paths(lead + path + tail)
    assert "tells a full path" in of("config.json", json.dumps({"a": [path]}))[0]


@pytest.mark.parametrize("path", ["/My Photos/a.jpg", "/a", "C:\\My Photos", "/a b/c d/e"])
def test_value_that_is_a_path_with_spaces(path: str) -> None:
    """A value that is a full path, all of it, may hold spaces."""
    (fault,) = of("config.json", json.dumps({"weights": path}))
    assert fault.startswith("config.json, weights: tells a full path")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a/b#c", "left/right", "acme/tigers", "1/2", "./a/b", "../a/b", "n/a",
        "hf://acme/tigers@0123/model.safetensors", "models/net.yaml", "photos / individuals",
        "file:///…/model.safetensors#sha256=…", "a:b", "top-1: 0.3", "</b>", "~5/6", "C: yes",
        f"file:///run-1/model.safetensors#sha256={'0' * 64}", "x/y/z", "and/or/both", "12:30",
    ],
)  # fmt: skip
def test_what_is_no_path(text: str) -> None:
    """Addresses, references, fractions and relative paths are left in peace."""
    assert full_paths(text) == []
    assert of("eval.json", json.dumps({"a": text})) == []


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.one_of(FLOATS, st.integers(), st.booleans(), st.none())
KEYS = [
    "mean", "std", "learning_rate", "weight_decay", "rotate", "scale", "margin", "long_side",
    "betas", "height", "latent", "flat", "translate", "plateau", "along", "momentum", "layers",
    "head_lr", "locations_seen", "stationary", "epsilon", "longest", "late_epochs",
]  # fmt: skip
RECIPES = st.dictionaries(
    st.sampled_from(KEYS), st.one_of(PLAIN, st.lists(FLOATS, max_size=4)), max_size=9
)


@given(RECIPES)
def test_numbers_of_a_recipe_are_no_place(recipe: dict[str, Any]) -> None:
    """Whatever numbers a recipe or a configuration holds, it may be published."""
    assert of("recipe.yaml", yaml.safe_dump({"train": recipe})) == []
    assert of("config.json", json.dumps({"pretrained_cfg": recipe})) == []


@given(st.lists(FLOATS, min_size=2, max_size=30))
def test_vectors_are_no_place(vector: list[float]) -> None:
    """Reference vectors are numbers like degrees, and yet no place."""
    assert of("self_test.json", json.dumps({"vector": vector})) == []
    assert of("README.md", f"mean {vector} std {vector}\n") == []


LATITUDES = st.floats(-90, 90).map(lambda v: round(v, 4))
LONGITUDES = st.floats(-180, 180).map(lambda v: round(v, 4))
PAIRS = st.sampled_from(
    [("lat", "lon"), ("latitude", "longitude"), ("decimalLatitude", "decimalLongitude"),
     ("station_lat", "station_lng"), ("GPSLatitude", "GPSLongitude"), ("camera.lat", "camera.lon")]
)  # fmt: skip


@given(LATITUDES, LONGITUDES, PAIRS, st.booleans())
def test_planted_place_is_found(
    lat: float, lon: float, keys: tuple[str, str], as_text: bool
) -> None:
    """Coordinates are found as keys of any depth, as numbers or as text."""
    values = [str(lat), str(lon)] if as_text else [lat, lon]
    plain = {"data": [{"name": "x", keys[0]: values[0], keys[1]: values[1]}]}
    for name, text in (("eval.json", json.dumps(plain)), ("recipe.yaml", yaml.safe_dump(plain))):
        found = of(name, text)
        assert [fault.partition(": ")[0] for fault in found] == [
            f"{name}, data.0.{keys[0]}",
            f"{name}, data.0.{keys[1]}",
        ]


@pytest.mark.parametrize(
    "text",
    [
        "lat: 12.97", "Latitude 12.97", "lon=77.59", "longitude of 77", "UTM 43N 512345 1432100",
        "43P 512345 1432100",
        "12° 58\u2032 17\u2033 N", "12.9716° N, 77.5946° E", "N12.9716 E77.5946",
        "<gpx version='1.1'>", "<kml>", "POINT (77.59 12.97)", "geo:12.97,77.59", "northing: 143",
        "https://maps.example.org/@12.9716,77.5946,15z", "gps: [12.97, 77.59]", "easting 512345.0",
        "name,lat,lon\nA,12.97161,77.59461",
    ],
)  # fmt: skip
def test_ways_to_write_a_place(text: str) -> None:
    """Degrees, minutes, UTM, GPX, KML, WKT and addresses of maps are found."""
    assert coordinates(text)
    assert "tells a place" in of("README.md", text)[0]
