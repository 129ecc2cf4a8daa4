"""`fieldmark sides`, with a classifier that was trained, small but in earnest."""

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api import sides as api
from fieldmark.api.sides import SidesRequest, SidesTold, decide_side, tell_sides
from fieldmark.catalog import Project, annotations, runs, set_asides
from fieldmark.catalog.imports import import_table
from fieldmark.errors import UserError
from fieldmark.types import Side

pytest.importorskip("torch")

from support.flanks import flank, train

PROFILE = """\
name: cat
scientific_name: Felis picta
sides:
  views: [left, right]
  classifier:
    preprocess: [{use: crop, options: {margin: 0}}]
    use: side
    options: {threshold: THRESHOLD}
    weights: 'WEIGHTS'
pipelines:
  local: {preprocess: [], embed: {use: sift}, match: {use: lnbnn}}
default: local
"""
BOX = (20, 16, 48, 32)
PHOTOS = 12
TRUE = [Side.LEFT if n % 2 else Side.RIGHT for n in range(PHOTOS)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a reference to the weights of a classifier."""
    path = train(tmp_path_factory.mktemp("sides"))
    return f"{path.as_uri()}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


Write = Callable[[str], None]


@pytest.fixture
def write(tmp_path: Path, weights: str) -> Write:
    """Return what writes the project's profile with a threshold."""

    def profile(threshold: str) -> None:
        text = PROFILE.replace("THRESHOLD", threshold).replace("WEIGHTS", weights)
        path = tmp_path / "survey" / "species" / "cat.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return profile


@pytest.fixture
def project(tmp_path: Path, write: Write) -> Project:
    """A project with twelve animals in scenes; of the first two a table says the side."""
    lines = ["path,identity,orientation,bbox"]
    for number, side in enumerate(TRUE):
        scene = np.full((64, 96, 3), 40, np.uint8)
        x, y, w, h = BOX
        scene[y : y + h, x : x + w] = flank(side, 50 + number, 0)
        Image.fromarray(scene).save(tmp_path / f"{number}.png")
        said = "right" if number < 2 else ""
        lines.append(f'{number}.png,a{number},{said},"[{x},{y},{w},{h}]"')
    (tmp_path / "photos.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = Project.create(tmp_path / "survey", "cat")
    write("0.5")
    import_table(made, tmp_path / "photos.csv")
    return made


def told(project: Project, *, redo: bool = False) -> SidesTold:
    """Judge the sides."""
    return tell_sides(project, SidesRequest(redo=redo, workers=2))


def now(project: Project) -> list[Side]:
    """Return the sides of all annotations."""
    with project.reading() as session:
        return [row.side for row in annotations(session)]


def test_what_nobody_said_is_judged(project: Project) -> None:
    """What came with the import stays, wrong as it may be; who judged the others is kept."""
    found = told(project)
    assert now(project) == [Side.RIGHT, Side.RIGHT, *TRUE[2:]]
    assert found.done == PHOTOS - 2
    assert found.counts.told == {Side.LEFT: 5, Side.RIGHT: 5}
    assert found.counts.imports == 2
    assert found.by.startswith("model:")
    assert [model.component for model in found.models] == ["side"]
    with project.reading() as session:
        rows = list(annotations(session))
        (run,) = runs(session, "sides")
    assert {row.side_by for row in rows[2:]} == {found.by}
    assert all((row.side_probability or 0) > 0.5 for row in rows[2:])
    assert run.summary["told"] == {"left": 5, "right": 5}
    project.close()


def test_nothing_is_judged_twice_unless_asked(project: Project) -> None:
    """The second time there is nothing to do; --redo judges what this classifier judged."""
    told(project)
    assert told(project).done == 0
    assert told(project, redo=True).done == PHOTOS - 2
    project.close()


def test_another_classifier_judges_anew(project: Project, write: Write) -> None:
    """With another threshold the fingerprint is another; what is not sure becomes unknown."""
    first = told(project)
    write("1.0")
    second = told(project)
    assert second.by != first.by
    assert second.done == PHOTOS - 2
    assert second.counts.unsure == PHOTOS - 2
    assert now(project)[2:] == [Side.UNKNOWN] * (PHOTOS - 2)
    with project.reading() as session:
        assert all(row.side_probability for row in list(annotations(session))[2:])
    project.close()


def test_a_person_wins_for_ever(project: Project) -> None:
    """Before and after the classifier, and against --redo."""
    decide_side(project, "3", Side.BACK, "Ana")
    told(project)
    before = decide_side(project, "4", Side.FRONT, " Ben ")
    assert before.side is TRUE[3]
    assert (before.side_by or "").startswith("model:")
    found = told(project, redo=True)
    assert now(project)[2:4] == [Side.BACK, Side.FRONT]
    assert found.counts.people == 2
    with pytest.raises(UserError, match="say who decides"):
        decide_side(project, "4", Side.LEFT, "  ")
    project.close()


def test_a_stopped_run_continues(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was judged before is kept, and only the rest is judged; one run in the log."""
    monkeypatch.setattr(api, "BATCH", 4)
    calls = itertools.count()

    def stop(done: int, total: int | None, what: str) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_sides(project, SidesRequest(workers=2), stop)
    assert sum(side is not Side.UNKNOWN for side in now(project)) == 2 + 4
    found = told(project)
    assert found.done == PHOTOS - 2 - 4
    assert now(project)[2:] == TRUE[2:]
    with project.reading() as session:
        (run,) = runs(session, "sides")
    assert run.state == "done"
    project.close()


def test_a_photo_that_is_gone_is_listed_and_tried_again(project: Project, tmp_path: Path) -> None:
    """It stops no other, and is judged when it is back."""
    (tmp_path / "5.png").rename(tmp_path / "gone.png")
    found = told(project)
    ((_, reason),) = found.failed
    assert found.done == PHOTOS - 3
    assert reason
    (tmp_path / "gone.png").rename(tmp_path / "5.png")
    assert told(project).done == 1
    assert now(project)[2:] == TRUE[2:]
    project.close()


def test_what_is_set_aside_is_kept_with_its_reason(project: Project, tmp_path: Path) -> None:
    """Under the word `sides`; it is not judged again, and --redo asks again."""
    path = tmp_path / "survey" / "species" / "cat.yaml"
    text = path.read_text(encoding="utf-8")
    gate = (
        "{use: species-gate, options: {keep: [cat], threshold: 1, untrained: {backbone:"
        " mobilenetv3_small_050, height: 32, width: 32, embedding_size: 2, normalise: false}}}"
    )
    path.write_text(text.replace("{margin: 0}}]", "{margin: 0}}, " + gate + "]"), encoding="utf-8")
    found = told(project)
    assert found.counts.set_aside == found.done == PHOTOS - 2
    assert sum(found.set_aside.values()) == PHOTOS - 2
    with project.reading() as session:
        kept = list(set_asides(session, "sides"))
    assert len(kept) == PHOTOS - 2
    assert kept[0].reason.startswith("the gate sees")
    assert told(project).done == 0
    path.write_text(text, encoding="utf-8")
    assert told(project).counts.set_aside == 0
    with project.reading() as session:
        assert not list(set_asides(session, "sides"))
    assert now(project)[2:] == TRUE[2:]
    project.close()


def test_without_a_classifier_it_is_said_what_to_do(project: Project, tmp_path: Path) -> None:
    """How to train one, and where to name it."""
    path = tmp_path / "survey" / "species" / "cat.yaml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("  classifier:"), text.index("pipelines:")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(UserError, match=r"names no classifier of sides; .* train side .*'sides:'"):
        told(project)
    project.close()
