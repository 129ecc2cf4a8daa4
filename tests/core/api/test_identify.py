"""The main job: ranked, explained candidates for every query, whatever happens on the way."""

import csv
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.api.identify import Identification, Request, identify
from fieldmark.catalog import Kind, NewDecision, Project, decide, runs
from fieldmark.catalog.imports import import_folder, import_table
from fieldmark.errors import ProjectError, UserError
from fieldmark.pipeline.search import NOTHING_SEEN, NOTHING_TO_COMPARE
from fieldmark.synthetic import Survey
from support.run import fieldmark, killed_after


def answers(found: Identification) -> dict[int, list[tuple[str, float]]]:
    """Return the candidates and scores of every query."""
    return {
        result.query.id: [(c.label, c.score) for c in result.candidates] for result in found.results
    }


def run(folder: Path, **request: object) -> Identification:
    """Identify in a project's folder."""
    with Project.open(folder) as project:
        return identify(project, Request(workers=2, **request))  # type: ignore[arg-type]


def test_new_annotations_are_ranked_against_all(project_folder: Path) -> None:
    """Every unnamed annotation is a query; candidates come with falling scores."""
    found = run(project_folder)
    assert found.results
    for result in found.results:
        assert result.query.individual is None
        scores = [candidate.score for candidate in result.candidates]
        assert scores == sorted(scores, reverse=True)
        assert [c.rank for c in result.candidates] == list(range(1, len(scores) + 1))


def test_own_encounter_and_other_flank_are_never_candidates(project_folder: Path) -> None:
    """No evidence comes from the query's own visit or from the opposite flank."""
    found = run(project_folder, queries="all")
    seen = [(r.query, c.best) for r in found.results for c in r.candidates]
    assert seen
    for query, best in seen:
        assert best.encounter != query.encounter
        assert best.side == query.side


def test_most_animals_are_found_again(project_folder: Path, survey: Survey) -> None:
    """On drawn animals the best photo shows the query's animal far more often than by chance."""
    with survey.truth.open(encoding="utf-8", newline="") as file:
        who = {Path(row["path"]).parts[-2:]: row for row in csv.DictReader(file)}
    found = run(project_folder, queries="all")
    tries = []
    for result in found.results:
        mine = who[Path(result.query.name).parts[-2:]]
        others = [r for r in who.values() if r["encounter"] != mine["encounter"]]
        if any(_same_flank(mine, other) for other in others) and result.candidates:
            best = who[Path(result.candidates[0].best.name).parts[-2:]]
            tries.append(best["identity"] == mine["identity"])
    assert len(tries) >= 8
    assert sum(tries) > len(tries) / 2  # by chance 1 in 4


def _same_flank(one: dict[str, str], other: dict[str, str]) -> bool:
    return all(one[key] == other[key] for key in ("identity", "orientation"))


def test_the_second_time_gives_the_same(project_folder: Path) -> None:
    """Identification repeats itself to the last digit."""
    assert answers(run(project_folder)) == answers(run(project_folder))


def test_deleting_the_cache_loses_nothing_but_time(project_folder: Path) -> None:
    """Features and index are made again, and the answers are the same."""
    before = answers(run(project_folder))
    shutil.rmtree(project_folder / "cache")
    assert answers(run(project_folder)) == before


def test_candidates_are_written_as_csv_json_and_html(project_folder: Path) -> None:
    """The three files agree with one another."""
    found = run(project_folder, k=3)
    table, document, page = found.files
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    queries = json.loads(document.read_text(encoding="utf-8"))["queries"]
    assert len(queries) == len(found.results)
    assert sum(max(len(q["candidates"]), 1) for q in queries) == len(rows)
    assert max(len(q["candidates"]) for q in queries) <= 3
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_names_can_be_asked_for_one_photo(project_folder: Path) -> None:
    """A reference to an annotation makes it the only query, named or not."""
    found = run(project_folder, queries=("2",))
    assert [result.query.id for result in found.results] == [2]


def test_who_was_told_apart_is_not_proposed_again(project_folder: Path) -> None:
    """After "different", no photo of that individual is a candidate any more."""
    first = next(r for r in run(project_folder, gallery="named").results if r.candidates)
    best = first.candidates[0]
    with Project.open(project_folder) as project, project.deciding() as session:
        decide(session, NewDecision(Kind.DIFFERENT, first.query.id, "anna", other=best.best.id))
    again = next(
        r for r in run(project_folder, gallery="named").results if r.query.id == first.query.id
    )
    assert best.label not in {c.label for c in again.candidates}


def test_a_project_without_photos_says_what_to_type(tmp_path: Path) -> None:
    """There is nothing to identify, and the message says how to change that."""
    with (
        Project.create(tmp_path / "p", "any") as project,
        pytest.raises(UserError, match="fieldmark import FOLDER"),
    ):
        identify(project, Request())


def test_a_gallery_of_one_and_a_photo_with_nothing_on_it(tmp_path: Path, survey: Survey) -> None:
    """A grey picture has no features, and says so; its neighbour has nothing to compare with."""
    photos = tmp_path / "мои фото"
    photos.mkdir()
    shutil.copy(survey.photos[0], photos / "tiger.jpg")
    Image.new("RGB", (300, 200), (90, 90, 90)).save(photos / "grey.jpg")
    with Project.create(tmp_path / "p", "any") as project:
        import_folder(project, photos)
        found = identify(project, Request(workers=1))
    notes = {Path(r.query.name).name: r.note for r in found.results}
    skipped = {Path(name).name for name, _ in found.facts.skipped}
    assert notes["grey.jpg"] == NOTHING_SEEN if "grey.jpg" in notes else "grey.jpg" in skipped
    tiger = next(r for r in found.results if r.query.name.endswith("tiger.jpg"))
    assert all(c.best.name.endswith("grey.jpg") for c in tiger.candidates)


def test_a_single_photo_has_nothing_to_be_compared_with(tmp_path: Path, survey: Survey) -> None:
    """The reason why there is no candidate is said."""
    (tmp_path / "photos").mkdir()
    shutil.copy(survey.photos[0], tmp_path / "photos")
    with Project.create(tmp_path / "p", "tiger") as project:
        import_folder(project, tmp_path / "photos")
        (only,) = identify(project, Request(workers=1)).results
    assert (only.candidates, only.note) == ((), NOTHING_TO_COMPARE)


def test_a_photo_that_vanished_is_listed_and_the_others_are_identified(
    tmp_path: Path, survey: Survey
) -> None:
    """A photo deleted after the import is named with a reason; nothing else is lost."""
    photos = tmp_path / "photos"
    shutil.copytree(survey.folder / "photos", photos)
    with Project.create(tmp_path / "p", "tiger") as project:
        import_folder(project, photos)
        gone = next(photos.rglob("IMG_0002.JPG"))
        gone.unlink()
        damaged = next(photos.rglob("IMG_0001.JPG"))
        damaged.write_bytes(damaged.read_bytes()[:2000])
        found = identify(project, Request(workers=2))
    assert len(found.facts.skipped) == 2
    assert len(found.results) == len(survey.photos) - 2


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and process groups")
def test_a_killed_identification_continues(
    tmp_path: Path, survey: Survey, half_named: Path, project_folder: Path
) -> None:
    """Killed at several moments, then run again: the answers equal an undisturbed run's."""
    undisturbed = answers(run(project_folder))
    folder = tmp_path / "killed"
    with Project.create(folder, "tiger") as project:
        import_table(project, half_named, root=survey.folder)
    kills = [killed_after(t, "identify", "-p", folder, "-q") for t in (1.5, 2.5, 3.5, 4.5)]
    assert any(kills)
    assert answers(run(folder)) == undisturbed


def test_an_unfinished_run_is_continued_not_repeated(project_folder: Path) -> None:
    """A run that was stopped after some answers keeps its number and those answers."""
    with Project.open(project_folder) as project:

        class StopError(Exception):
            pass

        def stop(done: int, total: int | None, what: str) -> None:
            if what.startswith("explanations"):
                raise StopError

        with pytest.raises(StopError):
            identify(project, Request(workers=1), None, stop)
        with project.reading() as session:
            stopped = runs(session, "identify")[0]
        assert stopped.state == "running"
        assert identify(project, Request(workers=1)).run == stopped.id


def test_two_processes_identify_in_one_project(project_folder: Path) -> None:
    """Both finish, and both find the same."""
    with ThreadPoolExecutor(2) as pool:
        outs = [project_folder / name for name in ("one", "two")]
        results = list(
            pool.map(lambda out: fieldmark("identify", "-p", project_folder, "--out", out), outs)
        )
    assert [result.returncode for result in results] == [0, 0], results
    one, two = ((out / "candidates.csv").read_bytes() for out in outs)
    assert one == two


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_said_and_leaves_the_catalogue_whole(
    tmp_path: Path, survey: Survey, half_named: Path
) -> None:
    """Features that do not fit stop the job with one sentence; with more room it continues."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this system does not let a test mount a disk")
    try:
        with Project.create(disk / "p", "tiger") as project:
            import_table(project, half_named, root=survey.folder)
            with pytest.raises(ProjectError, match="space"):
                identify(project, Request(workers=1))
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        assert run(disk / "p").results
    finally:
        subprocess.run(["umount", str(disk)], check=True)
