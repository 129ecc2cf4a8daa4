"""The cached index is always the index over exactly the wanted gallery."""

import shutil
from pathlib import Path

import pytest

from fieldmark.api.ground import method_of, read_rows
from fieldmark.api.weights import resolve_weights
from fieldmark.cache import FeatureCache
from fieldmark.catalog import Project
from fieldmark.components import Index, Matcher
from fieldmark.jobs import silent
from fieldmark.pipeline.features import Workshop, embed
from fieldmark.pipeline.gallery import open_index
from fieldmark.pipeline.recipe import Recipe
from fieldmark.pipeline.search import read_query
from fieldmark.pipeline.stages import build_matcher
from fieldmark.rules import CatalogueRules


class Bench:
    """A project's features and everything needed to search them."""

    def __init__(self, folder: Path) -> None:
        with Project.open(folder) as project:
            method = method_of(project, None)
            rows = read_rows(project, method.profile)
            self.cache = project.cache
        self.recipe: Recipe = method.recipe
        workshop = Workshop(self.recipe, resolve_weights, folder, self.cache)
        self.keys = embed(rows.values(), workshop, 1, silent).keys
        self.rules = CatalogueRules(rows.values(), self.recipe.sides)
        self.matcher: Matcher = build_matcher(
            self.recipe, method.plugins, resolve_weights, self.cache
        )

    def open(self, numbers: list[int]) -> Index:
        """Return the index over these annotations."""
        keys = {number: self.keys[number] for number in numbers}
        return open_index(self.matcher, self.recipe, self.cache, keys, silent)

    def candidates(self, index: Index) -> list[list[tuple[int, float]]]:
        """Return what every annotation finds in the index."""
        cache = FeatureCache(self.cache)
        queries = [q for number in self.keys if (q := read_query(number, self.keys, cache))]
        found = index.search(queries, 5, self.rules)
        return [[(c.individual, round(c.score, 4)) for c in one] for one in found]

    def shelves(self) -> list[Path]:
        """Return the saved indexes."""
        return list((self.cache / "index").glob("*/*"))


@pytest.fixture
def bench(project_folder: Path) -> Bench:
    """Return the half-named survey."""
    found = Bench(project_folder)
    shutil.rmtree(found.cache / "index")
    return found


def test_a_grown_and_a_shrunk_index_equal_a_fresh_one(bench: Bench) -> None:
    """However the gallery came about, the candidates are the same."""
    every = sorted(bench.keys)
    fresh = bench.candidates(bench.open(every))
    shutil.rmtree(bench.cache / "index")
    bench.open(every[:5])
    grown = bench.open(every)
    assert grown.ids.tolist() == every
    assert bench.candidates(grown) == fresh
    few = bench.open(every[3:9])
    assert few.ids.tolist() == every[3:9]
    shutil.rmtree(bench.cache / "index")
    assert bench.candidates(few) == bench.candidates(bench.open(every[3:9]))


def test_the_same_gallery_is_loaded_not_built(bench: Bench) -> None:
    """A second opening reads what the first one saved, and writes nothing."""
    first = bench.candidates(bench.open(sorted(bench.keys)))
    (shelf,) = bench.shelves()
    before = {path: path.stat().st_mtime_ns for path in shelf.iterdir()}
    assert bench.candidates(bench.open(sorted(bench.keys))) == first
    assert {path: path.stat().st_mtime_ns for path in shelf.iterdir()} == before


def test_only_the_newest_index_is_kept(bench: Bench) -> None:
    """Old galleries do not fill the disk."""
    bench.open(sorted(bench.keys)[:4])
    bench.open(sorted(bench.keys)[:6])
    assert len(bench.shelves()) == 1


def test_a_damaged_index_is_built_again(bench: Bench) -> None:
    """Whatever happened to the files, the candidates are right."""
    every = sorted(bench.keys)
    good = bench.candidates(bench.open(every))
    (shelf,) = bench.shelves()
    for path in shelf.iterdir():
        if path.name != "manifest.json":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert bench.candidates(bench.open(every)) == good


def test_changed_features_of_an_annotation_are_taken_in(bench: Bench) -> None:
    """An annotation whose box or photo changed has a new key, so it is indexed anew."""
    every = sorted(bench.keys)
    bench.open(every)
    one, other = every[0], every[1]
    bench.keys[one] = bench.keys[other]
    changed = bench.candidates(bench.open(every))
    shutil.rmtree(bench.cache / "index")
    assert bench.candidates(bench.open(every)) == changed
