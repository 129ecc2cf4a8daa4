"""The threshold: from which score on a candidate is more than the best of strangers."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.api.ground import Ground, lay_ground, method_of, read_rows
from fieldmark.api.identify import Identification, Request, identify
from fieldmark.api.threshold import FALSE_MATCHES, NEEDED, interval, strangers, threshold_of
from fieldmark.cache import FeatureCache
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.components import Role
from fieldmark.jobs import silent
from fieldmark.plugins import Plugins
from fieldmark.types import Query, Vector
from support.learnable import write_data

PROFILE = """
name: spotted
scientific_name: Animal pictum
sides: {views: [left, right], opposite: comparable}
pipelines:
  colours: {embed: {use: colour-histogram}, match: {use: nearest}}
  local: {embed: {use: sift}, match: {use: lnbnn}}
default: colours
"""


def project_of(folder: Path, individuals: int) -> Path:
    """Return a project of named animals, with one photo of each that nobody has named."""
    table = write_data(folder / "data", individuals=individuals, photos=4)
    lines = table.read_text(encoding="utf-8").splitlines()
    unnamed = [
        line.replace(line.split(",")[1], "unknown") if number % 4 == 1 else line
        for number, line in enumerate(lines)
    ]
    table.write_text("\n".join(unnamed) + "\n", encoding="utf-8")
    project = folder / "project"
    with Project.create(project, "spotted") as opened:
        (project / "species").mkdir()
        (project / "species" / "spotted.yaml").write_text(PROFILE, encoding="utf-8")
        import_table(opened, table)
    return project


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with enough named animals."""
    return project_of(tmp_path_factory.mktemp("many"), NEEDED + 2)


def ground_of(folder: Path, pipeline: str | None = None) -> Ground:
    """Return what a search of all annotations stands on."""
    with Project.open(folder) as project:
        method = method_of(project, pipeline)
        rows = read_rows(project, method.profile)
        return lay_ground(project, method, rows, list(rows), list(rows), 1, silent)


def test_the_threshold_is_the_score_that_few_strangers_exceed(many: Path) -> None:
    """Of the photos of named animals, one in twenty finds somebody else with a higher score."""
    ground = ground_of(many)
    found = threshold_of(ground)
    assert found is not None
    assert found.value is not None
    named = [n for n in ground.index.ids.tolist() if ground.rows[n].individual_name]
    _, scores = strangers(ground, named)
    assert len(scores) == len(named)
    assert (scores > found.value).mean() == pytest.approx(FALSE_MATCHES, abs=1 / len(scores))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert "no probability" in found.why


def test_strangers_are_the_best_of_the_other_named_animals(many: Path) -> None:
    """Neither an own photo nor one that nobody has named is ever a stranger."""
    ground = ground_of(many)
    rows = ground.rows
    named = [n for n in ground.index.ids.tolist() if rows[n].individual_name]
    _, scores = strangers(ground, named)
    alone = ground.method.plugins.build(Role.MATCHER, "nearest")
    vectors = {n: _vector(ground, n) for n in named}
    for place in (0, len(named) // 2):
        query = named[place]
        others = [n for n in named if rows[n].individual_id != rows[query].individual_id]
        others = [n for n in others if rows[n].encounter_id != rows[query].encounter_id]
        index = alone.index()
        index.add(others, [vectors[n] for n in others])
        ((best, *_),) = index.search([Query(query, vectors[query])], 1, ground.rules)
        assert scores[place] == pytest.approx(best.score)


def _vector(ground: Ground, number: int) -> Vector:
    found = FeatureCache(ground.cache).read(ground.embedded.keys[number])
    assert isinstance(found, Vector)
    return found


def test_few_named_animals_give_no_threshold(tmp_path: Path) -> None:
    """Where there are too few, the report says that there is none, and why."""
    found = threshold_of(ground_of(project_of(tmp_path, 5)))
    assert found is not None
    assert found.value is None
    assert f"it takes {NEEDED} named animals" in found.why
    assert "has 5" in found.why


def test_scores_of_keypoints_have_no_common_scale(tmp_path: Path) -> None:
    """For local features no threshold is made up."""
    assert threshold_of(ground_of(project_of(tmp_path, 3), "local")) is None


def test_the_interval_is_wider_for_fewer_animals() -> None:
    """The uncertainty of the threshold is that of drawing animals, and the same every time."""
    rng = np.random.default_rng(1)
    owners = np.repeat(np.arange(100), 3)
    scores = rng.normal(size=300).astype(np.float32)
    low, high = interval(owners, scores)
    few_low, few_high = interval(owners[:60], scores[:60])
    assert high - low < few_high - few_low
    assert interval(owners, scores) == (low, high)


def identified(folder: Path) -> Identification:
    """Identify what has no name."""
    with Project.open(folder) as project:
        return identify(project, Request(workers=1))


def test_every_candidate_is_held_against_the_threshold(many: Path) -> None:
    """CSV, JSON and the page say of each candidate whether it lies above."""
    found = identified(many)
    limit = found.facts.threshold
    assert limit is not None
    assert limit.value is not None
    for result in found.results:
        for candidate in result.candidates:
            expected = "above" if candidate.score >= limit.value else "below"
            assert found.facts.side_of_threshold(candidate) == expected
    table, data, page = (path.read_text(encoding="utf-8") for path in found.files[:3])
    assert ",above," in table or ",below," in table
    assert limit.why in data
    assert "the threshold" in page


def test_plugins_are_the_installed_ones() -> None:
    """The pipeline of these tests needs no weights."""
    assert Plugins.installed().get(Role.EMBEDDER, "colour-histogram").emits == "vector"
