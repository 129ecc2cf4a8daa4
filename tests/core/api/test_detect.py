"""From raw photos to boxes: resumable, nothing lost, people never identified."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api.detect import Detected, DetectRequest, detect
from fieldmark.catalog import Project, annotations, photos, runs
from fieldmark.catalog.imports import import_folder
from fieldmark.errors import UserError
from support.run import fieldmark
from support.tinyx import SIZE, tiny_yolox

RED, BLUE = (255, 0, 0), (0, 0, 255)
CELL = 32
PHOTOS = 40
"""More than two batches."""

CHILD = """
import sys
from pathlib import Path
from fieldmark.api.detect import DetectRequest, detect
from fieldmark.catalog import Project
with Project.open(sys.argv[1]) as project:
    detect(project, DetectRequest("yolox", sys.argv[2]), lambda *_: print("batch", flush=True))
"""


def draw(path: Path, things: Mapping[tuple[int, int], tuple[int, int, int]], shade: int) -> None:
    """Write a grey photo with coloured cells; each shade is another photo."""
    pixels = np.full((SIZE, SIZE, 3), 90 + shade, np.uint8)
    for (row, column), colour in things.items():
        pixels[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = colour
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a pinned reference to a network that sees red animals and blue people."""
    path = tmp_path_factory.mktemp("network") / "tiny.onnx"
    path.write_bytes(tiny_yolox())
    return f"{path.as_uri()}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of forty photos: in every second one an animal, in every fifth a person."""
    for number in range(PHOTOS):
        things: dict[tuple[int, int], tuple[int, int, int]] = {}
        if number % 2 == 0:
            things[number % 4, 1] = RED
        if number % 5 == 0:
            things[0, 3] = BLUE
        draw(tmp_path / "photos" / f"{number:02}.png", things, number)
    with Project.create(tmp_path / "project", "tiger") as project:
        import_folder(project, tmp_path / "photos")
    return tmp_path / "project"


def run(folder: Path, network: str, **request: object) -> Detected:
    """Look at a project's photos."""
    with Project.open(folder) as project:
        return detect(project, DetectRequest("yolox", network, **request))  # type: ignore[arg-type]


def boxes(folder: Path) -> list[tuple[int, str, tuple[float, ...]]]:
    """Return everything that is boxed: the photo, the label and the box."""
    with Project.open(folder) as project, project.reading() as session:
        return [
            (row.photo_id, row.label, (row.box.x, row.box.y, row.box.w, row.box.h))
            for row in annotations(session, people=True)
        ]


def test_animals_and_people_are_found(folder: Path, network: str) -> None:
    """Each photo is looked at once, and the summary counts what is in all of them."""
    found = run(folder, network)
    assert (found.done, found.seen.photos, list(found.failed)) == (PHOTOS, PHOTOS, [])
    assert found.seen.boxes == {"animal": 20, "person": 8}
    assert found.seen.blank == 16
    assert run(folder, network).done == 0


def test_people_are_recorded_and_never_identified(folder: Path, network: str) -> None:
    """A person is an annotation that no query and no gallery ever holds."""
    run(folder, network)
    with Project.open(folder) as project, project.reading() as session:
        assert {row.label for row in annotations(session)} == {"animal"}
        assert {row.label for row in annotations(session, people=True)} == {"animal", "person"}


def test_several_animals_of_one_photo_are_several(tmp_path: Path, network: str) -> None:
    """Also when they fill the whole photo."""
    crowd = {(row, column): RED for row in range(4) for column in range(4)}
    draw(tmp_path / "photos" / "crowd.png", crowd, 1)
    with Project.create(tmp_path / "project", "tiger") as project:
        import_folder(project, tmp_path / "photos")
    run(tmp_path / "project", network)
    assert len(boxes(tmp_path / "project")) == 16


def test_a_blank_photo_is_no_query(tmp_path: Path, network: str) -> None:
    """A photo in which nothing was seen stays in the catalogue, and asks nothing."""
    draw(tmp_path / "photos" / "blank.png", {}, 1)
    with Project.create(tmp_path / "project", "tiger") as project:
        import_folder(project, tmp_path / "photos")
        detect(project, DetectRequest("yolox", network))
        with project.reading() as session:
            assert not list(annotations(session))
            assert len(list(photos(session))) == 1


def test_a_photo_that_broke_since_stops_no_other(folder: Path, network: str) -> None:
    """It is listed with the reason and tried again the next time."""
    broken = folder.parent / "photos" / "03.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:60] + b"\0" * (len(whole) - 60))
    found = run(folder, network)
    assert found.done == PHOTOS - 1
    ((name, reason),) = found.failed
    assert name.endswith("03.png")
    assert "damaged" in reason or "cut off" in reason
    broken.write_bytes(whole)
    assert run(folder, network).done == 1


def test_another_detectors_photos_are_left_to_it(folder: Path, network: str) -> None:
    """Looking again is never silent: it must be asked for."""
    run(folder, network)
    found = run(folder, network, options={"confidence": 0.9})
    assert found.done == 0
    assert list(found.others.values()) == [PHOTOS]
    assert run(folder, network, options={"confidence": 0.9}, again=True).done == PHOTOS


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_detection_ends_like_an_undisturbed_one(
    folder: Path, network: str, tmp_path: Path
) -> None:
    """Killed after its first batch, the same command does the rest, and nothing twice."""
    shutil.copytree(folder, tmp_path / "calm")
    run(tmp_path / "calm", network)
    undisturbed = sorted(boxes(tmp_path / "calm"))
    command = [sys.executable, "-c", CHILD, str(folder), network]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    for _ in range(2):  # the start, and the first batch
        worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    left = run(folder, network).done
    assert 0 < left < PHOTOS
    assert sorted(boxes(folder)) == undisturbed
    with Project.open(folder) as project, project.reading() as session:
        assert [each.state for each in runs(session, "detect")] == ["done"]


def test_no_detector_is_said_in_one_sentence(folder: Path) -> None:
    """The sentence says how to choose one, and that boxes can be imported instead."""
    with Project.open(folder) as project, pytest.raises(UserError, match="names no detector"):
        detect(project, DetectRequest(species="sea-turtle"))


def test_a_detector_that_is_asked_for_takes_nothing_of_the_profiles(folder: Path) -> None:
    """Neither its options nor its weights, also where it is the same detector."""
    with Project.open(folder) as project, pytest.raises(UserError, match="names none"):
        detect(project, DetectRequest("megadetector"))


def test_a_permissive_policy_refuses_weights_without_a_licence(folder: Path, network: str) -> None:
    """Nothing is looked at then."""
    with pytest.raises(UserError, match="licence"):
        run(folder, network, licences="permissive")
    assert all(box == (0, 0, 1, 1) for _, _, box in boxes(folder))


def shown(*arguments: str | Path) -> Sequence[str]:
    """Return the lines that a command prints."""
    done = fieldmark(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_command_says_what_was_seen(folder: Path, network: str) -> None:
    """Photos, animals, people and the licence, each in a line."""
    told = shown("detect", "-p", folder, "--detector", "yolox", "--weights", network, "-q")
    assert told[0].startswith("40 photos looked at with yolox ")
    assert told[1] == "40 photos seen by it in all, 16 of them show nothing"
    assert told[2] == "  animal: 20 in 20 photos"
    assert told[3] == "  person: 8 in 8 photos (recorded, never identified)"
    assert "no licence is stated" in told[4]


def test_a_wrong_option_is_explained(folder: Path, network: str) -> None:
    """What is allowed is said, and nothing is looked at."""
    done = fieldmark(
        "detect", "-p", folder, "--detector", "yolox", "--weights", network,
        "--set", "confdence=0.5",
    )  # fmt: skip
    assert done.returncode == 2
    assert "did you mean 'confidence'?" in done.stderr
