"""Reading the tags that people write into photos."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldmark.catalog import AnnotationRow, Project
from fieldmark.catalog.imports import import_any
from fieldmark.catalog.imports.xmp import Tags, read_tags, tags_of
from fieldmark.types import Side

Everything = Callable[..., list[AnnotationRow]]


def packet(*entries: str, kind: str = "lr:hierarchicalSubject") -> bytes:
    """Return an XMP packet with a list of tags."""
    listed = "".join(f"<rdf:li>{entry}</rdf:li>" for entry in entries)
    return f"<x:xmpmeta><{kind}><rdf:Bag>{listed}</rdf:Bag></{kind}></x:xmpmeta>".encode()


@pytest.mark.parametrize(
    ("xmp", "tags"),
    [
        (packet("Species|Tiger", "Individual|T-017", "Flank|Left"),
         Tags("T-017", "Left", "Tiger")),
        (packet("individual:T-1", "Site:K3"), Tags("T-1")),
        (packet("Individual/T-1", kind="digiKam:TagsList"), Tags("T-1")),
        (packet("Animals|x", "Individual|cats|T &amp; U"), Tags("T & U")),
        (packet("Individual_Ana|T-1", "Individual_Bo|T-1"), Tags("T-1")),
        (packet("Individual_Ana|T-1", "Individual_Bo|T-2"), Tags(clashes=("name",))),
        (packet("Individual|unknown", "alone"), Tags()),
        (b"\xff\x00junk<rdf:li>Individual|T-1</rdf:li>", Tags()),
    ],
)  # fmt: skip
def test_tags(xmp: bytes, tags: Tags) -> None:
    """Groups are known by name in either program's form; observers must agree."""
    assert tags_of(xmp) == tags


@given(st.binary(max_size=200) | st.text(max_size=60).map(packet))
def test_any_packet_is_read(xmp: bytes) -> None:
    """Damaged packets say nothing."""
    assert isinstance(tags_of(xmp), Tags)


def test_tags_of_a_folder_of_photos(project: Project, survey: Path, everything: Everything) -> None:
    """The tag names the individual, unless the folder does; another species is kept as such."""
    for name, xmp in {
        "a": packet("Individual|T-1", "Flank|Right"), "b": packet("Species|Leopard Cat"),
        "c": packet("Individual|T-1", "Individual|T-2", "Flank|odd"),
    }.items():  # fmt: skip
        with Image.open(survey / "cam1" / f"{name}.jpg") as image:
            image.save(survey / "cam1" / f"{name}.jpg", xmp=xmp)
    summary = import_any(project, survey)
    assert [(row.individual_name, row.side, row.species) for row in everything()] == [
        ("T-1", Side.RIGHT, "tiger"), (None, Side.UNKNOWN, "Leopard Cat"),
        (None, Side.UNKNOWN, "tiger"),
    ]  # fmt: skip
    notes = " ".join(summary.notes)
    assert "several values for its name" in notes
    assert "'odd' is not known" in notes
    assert import_any(project, survey).individuals_added == 0


def test_real_tags_of_camtrapr(data: Path) -> None:
    """The photos that come with camtrapR say their species and individual."""
    folder = data / "CameraTrapSamples" / "camtrapR_individual_tags"
    found = [read_tags(path) for path in sorted(folder.rglob("*.JPG"))]
    assert {tags.species for tags in found} == {"Leopard Cat"}
    assert all(tags.name for tags in found)
    assert found
