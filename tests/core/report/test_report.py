"""What people read is true, complete and safe to open."""

import csv
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.report.crops import crop
from fieldmark.report.html import LINES, QUERIES_PER_PAGE, write_report
from fieldmark.report.pair import draw_pair
from fieldmark.report.tables import write_csv, write_json
from fieldmark.report.view import Facts, Identified, Ranked, Sighting, gap_between, whereabouts
from fieldmark.types import Box, Explanation, Side

NOON = datetime(2024, 3, 1, 12)
FACTS = Facts(
    species="tiger (Panthera tigris)",
    pipeline="local",
    components=("crop", "sift", "lnbnn"),
    fingerprint="f" * 64,
    version="1",
    side_rule="opposite flanks are never compared",
    gallery=2,
    individuals=1,
    queries=1,
    skipped=(("cam/BAD.jpg", "the file is cut off"),),
    remarks=("one remark",),
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a photo whose EXIF tells where it was taken."""
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    noise = np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8)
    Image.fromarray(noise).save(path, exif=exif)
    return path


def sighting(photo: Path | None, number: int = 1, **values: object) -> Sighting:
    """Return a sighting of the left half of the photo."""
    known = {
        "name": "cam/IMG_1.jpg",
        "box": Box(0, 0, 0.5, 1),
        "side": Side.LEFT,
        "individual": None,
        "station": "ST1",
        "captured_at": NOON,
        "encounter": 3,
    }
    return Sighting(id=number, path=photo, **(known | values))  # type: ignore[arg-type]


def result(photo: Path | None, label: str = "Maya", points: int = 3) -> Identified:
    """Return a query with one candidate and so many matched points."""
    inside = np.random.default_rng(1).random((points, 2), np.float32) * np.float32(0.5)
    why = Explanation(inside, inside, np.arange(points, dtype=np.float32) + 1)
    best = sighting(photo, 2, individual=label, captured_at=NOON - timedelta(days=3))
    return Identified(sighting(photo), (Ranked(1, label, 7.5, best, (2,), why),))


def test_the_page_needs_nothing_from_outside(tmp_path: Path, photo: Path) -> None:
    """No address, script or style is fetched, so it opens offline and tells nobody."""
    (page,) = write_report([result(photo)], FACTS, tmp_path / "r.html")
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"https?://|<script|<link|@import|url\(", text)
    assert "data:image/jpeg;base64," in text


def test_pictures_carry_no_exif(tmp_path: Path, photo: Path) -> None:
    """The camera's data and the place do not leave with the report."""
    picture = crop(sighting(photo), 100, 100)
    assert "SECRETCAMERA" in photo.read_bytes().decode("latin-1")
    (page,) = write_report([result(photo)], FACTS, tmp_path / "r.html")
    assert "SECRET" not in page.read_text(encoding="utf-8")
    assert "exif" not in picture.picture.info


def test_names_cannot_become_markup(tmp_path: Path, photo: Path) -> None:
    """A name with angle brackets is shown, not executed."""
    (page,) = write_report([result(photo, "<script>alert(1)</script>")], FACTS, tmp_path / "r.html")
    text = page.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_everything_a_reader_needs_is_there(tmp_path: Path, photo: Path) -> None:
    """Name, site, time gap and side stand under each candidate; skipped files are listed."""
    unanswered = Identified(sighting(photo, 9, name="cam/IMG_9.jpg"), (), "nothing is like it")
    (page,) = write_report([result(photo), unanswered], FACTS, tmp_path / "r.html")
    text = page.read_text(encoding="utf-8")
    for wanted in (
        "Maya",
        "station ST1 (the same)",
        "3 days earlier",
        "left side",
        "not probabilities",
        "cam/BAD.jpg",
        "the file is cut off",
        "nothing is like it",
        "one remark",
    ):
        assert wanted in text, wanted


def test_only_the_strongest_matches_are_drawn(tmp_path: Path, photo: Path) -> None:
    """Too many lines would hide the coat; how many there were is said."""
    (page,) = write_report([result(photo, points=LINES + 20)], FACTS, tmp_path / "r.html")
    text = page.read_text(encoding="utf-8")
    assert text.count("<line ") == LINES
    assert f"{LINES + 20} matched points ({LINES} strongest drawn)" in text


def test_a_long_run_is_split_into_pages(tmp_path: Path) -> None:
    """Each page is small enough for an old laptop, and links to the others."""
    many = [Identified(sighting(None, n), (), "no") for n in range(1, QUERIES_PER_PAGE + 2)]
    pages = write_report(many, FACTS, tmp_path / "report.html")
    assert [page.name for page in pages] == ["report.html", "report-2.html"]
    assert 'href="report-2.html"' in pages[0].read_text(encoding="utf-8")
    assert f"{QUERIES_PER_PAGE + 1}. cam/" in pages[1].read_text(encoding="utf-8")


def test_a_missing_photo_is_grey_and_stops_nothing(tmp_path: Path) -> None:
    """A report does not fail for one file that is gone."""
    assert write_report([result(None), result(tmp_path / "gone.jpg")], FACTS, tmp_path / "r.html")
    assert crop(sighting(None), 40, 30).picture.getpixel((0, 0)) == (128, 128, 128)


def test_points_land_where_they_were(photo: Path) -> None:
    """A point of the photo is drawn at its place in the cut-out picture."""
    shown = crop(sighting(photo, box=Box(0.25, 0.5, 0.5, 0.5)), 400, 400)
    region = shown.region
    middle = np.array([[region.x + region.w / 2, region.y + region.h / 2]], np.float32)
    ((x, y),) = shown.place(middle)
    assert (x, y) == pytest.approx((shown.picture.width / 2, shown.picture.height / 2), abs=1e-3)


def test_a_pair_is_drawn_side_by_side(photo: Path) -> None:
    """The picture holds both crops, and the lines colour it."""
    one, other = sighting(photo), sighting(photo, 2)
    xy = np.array([[0.1, 0.2], [0.3, 0.7]], np.float32)
    plain = np.asarray(draw_pair(one, other, Explanation()))
    drawn = np.asarray(draw_pair(one, other, Explanation(xy, xy, np.ones(2, np.float32))))
    assert plain.shape == drawn.shape
    assert plain.shape[1] > plain.shape[0]
    assert (plain != drawn).any()


def test_csv_has_a_row_for_each_candidate_and_each_silent_query(
    tmp_path: Path, photo: Path
) -> None:
    """No query disappears from the table."""
    silent = Identified(sighting(photo, 5), (), "too dark")
    write_csv([result(photo), silent], FACTS, tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["query_annotation"], row["candidate"], row["note"]) for row in rows] == [
        ("1", "Maya", ""),
        ("5", "", "too dark"),
    ]


def test_json_says_how_it_was_made(tmp_path: Path, photo: Path) -> None:
    """Fingerprint, rules and skipped files go with the results."""
    write_json([result(photo)], FACTS, tmp_path / "c.json")
    document = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert document["run"]["fingerprint"] == FACTS.fingerprint
    assert document["run"]["skipped"] == [["cam/BAD.jpg", "the file is cut off"]]
    assert document["queries"][0]["candidates"][0]["candidate"] == "Maya"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(0), "at the same time"),
        (timedelta(seconds=1), "1 second later"),
        (timedelta(minutes=-5), "5 minutes earlier"),
        (timedelta(days=3, hours=5), "3 days later"),
        (timedelta(days=-800), "2 years earlier"),
    ],
)
def test_time_gaps_are_said_in_words(gap: timedelta, words: str) -> None:
    """The largest fitting unit is named, and the direction."""
    other = sighting(None, 2, captured_at=NOON + gap)
    assert gap_between(sighting(None), other) == words


def test_unknown_times_and_sides_are_not_invented() -> None:
    """What is not known is left out or called unknown."""
    blank = sighting(None, captured_at=None, station=None, side=Side.UNKNOWN)
    assert gap_between(blank, sighting(None)) == ""
    assert whereabouts(blank) == "side unknown"
