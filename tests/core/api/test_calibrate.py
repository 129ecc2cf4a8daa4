"""Learning what scores mean, and what becomes of it in an identification."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.api import probable
from fieldmark.api.calibrate import Calibrating, Request, calibrate
from fieldmark.api.calibrations import find, read, write
from fieldmark.api.ground import read_rows, way_of
from fieldmark.api.identify import Identification, identify
from fieldmark.api.identify import Request as Query
from fieldmark.api.named import NEEDED
from fieldmark.api.rivals import with_rivals
from fieldmark.catalog import Project, decisions, read_candidates, runs
from fieldmark.cli.commands.calibrate import command
from fieldmark.components import Rules
from fieldmark.decide.scores import Scores
from fieldmark.errors import UserError
from fieldmark.jobs import Progress, silent
from fieldmark.pipeline import fused
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Ids
from support.palettes import BACK, NAMED, STRANGERS, palette_project


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose pipelines are calibrated; tests must not change it."""
    folder = palette_project(tmp_path_factory.mktemp("palettes"))
    with Project.open(folder) as project:
        identify(project, Query(workers=1))  # the features of all photos: the slow part, done once
        for pipeline in ("colours", "fused"):
            calibrate(project, Request(pipeline, workers=1))
    return folder


@pytest.fixture(scope="module")
def identified(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Identification]:
    """Return what each pipeline says of the photos without names."""
    folder = copied(ready, tmp_path_factory.mktemp("identified"))
    return {
        pipeline: run(folder, pipeline=pipeline, gallery="named", false_match=0.1, k=1000)
        for pipeline in ("colours", "fused")
    }


def copied(project: Path, where: Path) -> Path:
    """Return a copy of a project and of its photos, which are known relative to it."""
    shutil.copytree(project.parent, where / "all")
    return where / "all" / "project"


@pytest.fixture
def folder(ready: Path, tmp_path: Path) -> Path:
    """Return a calibrated project of one's own, in which nothing is identified yet."""
    return copied(ready, tmp_path)


def run(folder: Path, progress: Progress = silent, **request: object) -> Identification:
    """Identify in a project's folder."""
    with Project.open(folder) as project:
        asked = Query(workers=1, **request)  # type: ignore[arg-type]
        return identify(project, asked, None, progress)


def again(folder: Path, **request: object) -> Calibrating:
    """Calibrate in a project's folder."""
    with Project.open(folder) as project:
        return calibrate(project, Request(workers=1, **request))  # type: ignore[arg-type]


@pytest.mark.parametrize("pipeline", ["colours", "fused"])
def test_the_probabilities_of_a_query_and_of_new_sum_to_one(
    identified: dict[str, Identification], pipeline: str
) -> None:
    """Every candidate has a probability, in falling order, and "new" has what is left."""
    found = identified[pipeline]
    assert len(found.results) == 2 * (BACK + STRANGERS)
    for result in found.results:
        shares = [c.probability for c in result.candidates if c.probability is not None]
        assert len(shares) == len(result.candidates) == NAMED
        assert shares == sorted(shares, reverse=True)
        assert result.new is not None
        assert sum(shares) + result.new == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("pipeline", ["colours", "fused"])
def test_known_animals_are_named_and_strangers_are_not(
    identified: dict[str, Identification], pipeline: str
) -> None:
    """Of animals that differ clearly most are named rightly, and no stranger is anybody."""
    named = 0
    for result in identified[pipeline].results:
        own = int(Path(result.query.name).name.split("-")[0])
        assert result.proposal is not None
        assert result.visit is not None
        for proposal in (result.proposal, result.visit.proposal):
            assert proposal.kind != "same" or proposal.label == f"a{own}"
        named += result.visit.proposal.kind == "same"
    assert named > BACK


def test_the_photos_of_a_visit_are_decided_together(
    identified: dict[str, Identification],
) -> None:
    """Both photos of a visit carry one proposal, beside the one that each has alone."""
    visits = [result.visit for result in identified["colours"].results]
    assert all(visit is not None and len(visit.queries) == 2 for visit in visits)
    assert len(set(visits)) == BACK + STRANGERS


def test_the_files_tell_probabilities_and_how_they_came_about(
    identified: dict[str, Identification],
) -> None:
    """CSV, JSON and the page agree on what is proposed, and on what it rests."""
    found = identified["fused"]
    table, document, page = found.files
    with table.open(encoding="utf-8-sig", newline="") as file:
        first = [row for row in csv.DictReader(file) if row["rank"] == "1"]
    told = json.loads(document.read_text(encoding="utf-8"))
    text = page.read_text(encoding="utf-8")
    for result, entry, row in zip(found.results, told["queries"], first, strict=True):
        assert row["proposal"] == entry["proposal"] == str(result.proposal)
        assert float(row["new"]) == pytest.approx(entry["new"], abs=1e-4)
        share = entry["candidates"][0]["probability"]
        assert float(row["probability"]) == pytest.approx(share, abs=1e-4)
    assert told["run"]["calibrated"]["individuals"] == NAMED
    assert len(told["encounters"]) == BACK + STRANGERS
    assert f"{4 * NAMED} queries of {NAMED} individuals" in text
    assert "they are not probabilities" not in text


def test_proposals_are_never_decisions(folder: Path) -> None:
    """The log holds what the import said, and nothing of what was identified."""
    with Project.open(folder) as project, project.reading() as session:
        before = list(decisions(session))
    assert run(folder).facts.calibrated is not None
    with Project.open(folder) as project, project.reading() as session:
        assert list(decisions(session)) == before
        ((_, (first, *_)), *_) = read_candidates(session, runs(session, "identify")[0].id)
    assert first.probability is not None


def test_without_a_calibration_there_are_scores_and_what_to_type(folder: Path) -> None:
    """Nobody's scores are dressed up as probabilities."""
    shutil.rmtree(folder / "calibrations")
    found = run(folder)
    assert found.facts.calibrated is None
    assert any("fieldmark calibrate --pipeline colours" in r for r in found.facts.remarks)
    assert all(c.probability is None for r in found.results for c in r.candidates)
    assert all(r.proposal is None and r.new is None for r in found.results)
    with pytest.raises(UserError, match="fieldmark calibrate --pipeline colours"):
        run(folder, false_match=0.05)


def test_a_combined_pipeline_needs_to_be_calibrated(folder: Path) -> None:
    """Nothing else says how much each part counts, so the error says what to type."""
    shutil.rmtree(folder / "calibrations")
    with pytest.raises(UserError, match="fieldmark calibrate --pipeline fused"):
        run(folder, pipeline="fused")


def test_a_calibration_of_another_pipeline_is_refused(folder: Path) -> None:
    """Scores of other options mean something else; the reason is said."""
    profile = folder / "species" / "spotted.yaml"
    changed = profile.read_text(encoding="utf-8").replace(
        "colours: {embed: {use: colour-histogram}, match: {use: nearest}}",
        "colours: {embed: {use: colour-histogram}, match: {use: nearest, options: {top: 2}}}",
    )
    profile.write_text(changed, encoding="utf-8")
    found = run(folder)
    assert found.facts.calibrated is None
    assert any("another version of this pipeline" in remark for remark in found.facts.remarks)
    with pytest.raises(UserError, match="another version of this pipeline"):
        run(folder, pipeline="fused")


def test_a_rate_that_nothing_was_chosen_for_is_refused(folder: Path) -> None:
    """The sentence names the rates there are, and how to get another."""
    with pytest.raises(UserError, match=r"0\.01, 0\.02, 0\.05.*--target 0\.07"):
        run(folder, false_match=0.07)
    assert again(folder, target=0.07).facts.target == 0.07
    trusted = read(folder / "calibrations" / "spotted-colours.json")
    assert trusted.at(0.07) == trusted
    assert 0.07 in trusted.rates


def test_who_expects_fewer_new_animals_sees_fewer(
    folder: Path, identified: dict[str, Identification]
) -> None:
    """The share of new animals that is expected moves every probability of "new"."""
    rare = run(folder, gallery="named", new_share=0.01)
    for one, other in zip(identified["colours"].results, rare.results, strict=True):
        assert one.new is not None
        assert other.new is not None
        assert other.new < one.new
    assert rare.facts.calibrated is not None
    assert rare.facts.calibrated.new_share == 0.01


def test_too_few_animals_are_counted(tmp_path: Path) -> None:
    """The sentence says how many there are, and how many it takes."""
    folder = palette_project(tmp_path, named=3, strangers=0)
    with pytest.raises(UserError, match=f"it takes {NEEDED} named animals .* has 3"):
        again(folder)


def test_other_labelled_data_serve_as_well(folder: Path, ready: Path) -> None:
    """What was learnt on a table is kept in the project, and names the table."""
    made = again(folder, data=(str(ready.parent),))
    assert made.facts.individuals == NAMED
    assert made.facts.data != "project"
    assert read(made.path).data == made.facts.data


def test_what_is_kept_is_what_was_learnt(folder: Path) -> None:
    """Written and read again, a calibration is the same; a damaged one is said to be."""
    path = folder / "calibrations" / "spotted-fused.json"
    found = read(path)
    write(path, found)
    assert read(path) == found
    assert found.model.length in {3, 6}
    assert [each.length for each in found.model.reached] == [3, 6]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="make it again with: fieldmark calibrate"):
        read(path)


def test_the_profile_s_folder_may_hold_the_calibration(folder: Path) -> None:
    """A profile can be shared with what was learnt about it."""
    shutil.move(folder / "calibrations", folder / "species" / "calibrations")
    with Project.open(folder) as project:
        assert find(project, way_of(project, "fused")).trusted is not None


class StopError(Exception):
    """What stands for a kill."""


def test_a_stopped_identification_continues(
    folder: Path, identified: dict[str, Identification], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered is not asked again, and the result is that of an undisturbed run."""
    monkeypatch.setattr(probable, "BATCH", 4)

    def ask(progress: Progress = silent) -> Identification:
        return run(folder, progress, pipeline="fused", gallery="named", false_match=0.1, k=1000)

    def stop(done: int, total: int | None, what: str) -> None:
        if what.startswith("search") and done > 4:
            raise StopError

    with pytest.raises(StopError):
        ask(stop)
    asked = spied(monkeypatch)
    found = ask()
    assert said(found) == said(identified["fused"])
    assert 0 < len(set(asked)) < len(found.results)
    with Project.open(folder) as project, project.reading() as session:
        assert {one.state for one in runs(session, "identify")} == {"done"}
    assert not list((folder / "cache" / "answers").iterdir())


def said(found: Identification) -> list[object]:
    """Return what was said of each query."""
    return [
        (r.query.id, r.new, r.proposal, r.visit, [(c.label, c.probability) for c in r.candidates])
        for r in found.results
    ]


def spied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that fills with the queries that are asked from now on."""
    asked: list[int] = []
    table = fused.Part.table

    def seen(self: fused.Part, numbers: Sequence[int], rules: Rules, columns: Ids) -> Scores:
        asked.extend(numbers)
        return table(self, numbers, rules, columns)

    monkeypatch.setattr(fused.Part, "table", seen)
    return asked


def test_a_stopped_calibration_continues(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queries that were asked before the stop are read from the cache."""

    def stop(done: int, total: int | None, what: str) -> None:
        if what == "search":
            raise StopError

    with Project.open(folder) as project, pytest.raises(StopError):
        calibrate(project, Request(workers=1), stop)
    asked = spied(monkeypatch)
    again(folder)
    assert 0 < len(asked) < 4 * NAMED


def test_a_rival_of_the_same_photo_makes_it_a_question(
    ready: Path, identified: dict[str, Identification]
) -> None:
    """Nobody is proposed to be an individual whom another animal of the photo may be as well."""
    found = identified["colours"].results
    one = next(r for r in found if r.proposal and r.proposal.kind == "same")
    other = next(r for r in found if r.query.id != one.query.id)
    twin = replace(one, query=other.query)
    with Project.open(ready) as project:
        rows = read_rows(project, way_of(project, None).profile)
    shared = {n: replace(row, photo_id=1) for n, row in rows.items()}
    for result in with_rivals([one, twin], shared, CatalogueRules(rows.values(), SideRule())):
        assert result.proposal is not None
        assert result.proposal.kind == "ask"


def test_the_command_says_what_came_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many, how far off, from where on, and what to type next."""
    command.main(["-p", str(folder), "--pipeline", "fused", "-q", "--workers", "1"],
                 standalone_mode=False)  # fmt: skip
    text = capsys.readouterr().out
    for said in (f"{NAMED} individuals", "Calibration error", "Shortlist: the first 3", "Single"):
        assert said in text
    assert f"fieldmark identify --project {folder} --pipeline fused" in text
