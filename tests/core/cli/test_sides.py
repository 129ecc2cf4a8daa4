"""`fieldmark sides`: what is typed, what is said."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_folder
from fieldmark.cli import REFUSED, SKIPPED, main

pytest.importorskip("torch")

Captured = pytest.CaptureFixture[str]
PROFILE = """\
name: cat
scientific_name: Felis picta
sides:
  classifier:
    use: side
    options:
      threshold: 0
      untrained: {backbone: mobilenetv3_small_050, height: 32, width: 32, embedding_size: 2,
                  normalise: false}
pipelines:
  local: {preprocess: [], embed: {use: sift}, match: {use: lnbnn}}
default: local
"""


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A project with three photos whose sides nobody has said."""
    folder = tmp_path / "survey"
    with Project.create(folder, "cat") as project:
        (folder / "species").mkdir()
        (folder / "species" / "cat.yaml").write_text(PROFILE, encoding="utf-8")
        (tmp_path / "photos").mkdir()
        for seed in range(3):
            pixels = np.random.default_rng(seed).integers(0, 256, (24, 40, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / f"{seed}.png")
        import_folder(project, tmp_path / "photos")
    return folder


def said(capsys: Captured, *typed: str, status: int = 0) -> str:
    """Type a command and return what it prints."""
    assert main(["sides", *typed]) == status
    captured = capsys.readouterr()
    return captured.err if status == REFUSED else captured.out


def test_sides_are_judged_and_counted(survey: Path, capsys: Captured) -> None:
    """How many of which side, how many unknown, and how many people have said themselves."""
    told = said(capsys, "-p", str(survey), "-q")
    assert told.startswith("3 animals judged by model:")
    assert "  unknown, because it is not sure enough: 0\n" in told
    assert "kept: 0 that a person said, 0 that came with an import\n" in told
    again = said(capsys, "-p", str(survey), "-q")
    assert again.startswith("0 animals judged by model:")
    assert again.splitlines()[1:] == told.splitlines()[1:]


@pytest.mark.parametrize("before", [True, False])
def test_a_person_decides(survey: Path, capsys: Captured, before: bool) -> None:
    """The project is named before or after `set`; what stood there before is said."""
    place = ["-p", str(survey)]
    typed = [*(place if before else ()), "set", "2.png", "left", "--by", "Ana"]
    told = said(capsys, *typed, *(() if before else place))
    assert told == "annotation 3 shows: left (before: unknown)\n"
    told = said(capsys, *place, "set", "3", "right", "--by", "Ben")
    assert told == "annotation 3 shows: right (before: left, as person:Ana said)\n"
    assert "kept: 1 that a person said" in said(capsys, *place, "-q")


def test_a_side_that_does_not_exist_is_refused(survey: Path, capsys: Captured) -> None:
    """The message lists those that do."""
    told = said(capsys, "-p", str(survey), "set", "1", "above", "--by", "Ana", status=REFUSED)
    assert "'left', 'right', 'front', 'back', 'top', 'unknown'" in told
    told = said(capsys, "-p", str(survey), "set", "99", "left", "--by", "Ana", status=REFUSED)
    assert "no annotation has the number or the photo '99'" in told


def test_what_could_not_be_judged_is_listed(survey: Path, tmp_path: Path, capsys: Captured) -> None:
    """The exit status says that something was skipped."""
    (tmp_path / "photos" / "1.png").unlink()
    assert main(["sides", "-p", str(survey), "-q"]) == SKIPPED
    captured = capsys.readouterr()
    assert captured.out.startswith("2 animals judged by model:")
    assert "not judged: annotation 2: the photo is not where it was" in captured.err


def test_from_labelled_photos_to_sides(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """A table without names trains a classifier; what is printed is all that the profile needs."""
    from support.flanks import SETTINGS, write_table  # noqa: PLC0415 - it needs torch

    monkeypatch.chdir(tmp_path)
    table = write_table(tmp_path / "known", visits=24)
    typed = ["train", "side", "--data", str(table), "--quiet", "--workers", "1"]
    settings = {**SETTINGS, "epochs": 2, "target": 0.4, "floor": 0.0}
    for name, value in settings.items():
        typed += ["--set", f"train.{name}={yaml.safe_dump(value, default_flow_style=True)}"]
    assert main(typed) == 0
    captured = capsys.readouterr()
    assert "1 photos whose side" not in captured.err
    assert "Note: a photo whose side nobody has said was left out" in captured.err
    told = captured.out.partition("To use it, write into a profile:\n")[2]
    block = "".join(f"{line[4:]}\n" for line in told.splitlines() if line.startswith("    "))
    start, end = PROFILE.index("sides:"), PROFILE.index("pipelines:")
    text = PROFILE[:start] + block + PROFILE[end:]
    (survey / "species" / "cat.yaml").write_text(text, encoding="utf-8")
    assert said(capsys, "-p", str(survey), "-q").startswith("3 animals judged by model:")
